import { guidFrom } from './guid.ts';
import type { SimulatedTenant, Tenants } from './tenants.ts';

/** Somebody who can sign in. */
export interface Person {
  /** How a form names them, e.g. `admin:<tenantId>`. */
  readonly account: string;
  /** `undefined`: a personal account. */
  readonly tenant: SimulatedTenant | undefined;
  readonly username: string;
  readonly name: string;
  readonly objectId: string;
  readonly isAdmin: boolean;
  /** App roles that their directory assigned to them, in any application. */
  readonly roles: readonly string[];
  readonly says: string;
}

/** Somebody of an organisation. */
export type Member = Person & { readonly tenant: SimulatedTenant };

interface Part {
  readonly local: string;
  readonly name: string;
  readonly says: string;
  readonly roles?: readonly string[];
}

const inEachTenant: Readonly<Record<string, Part>> = {
  admin: { local: 'admin', name: 'Alex Admin', says: 'Global Administrator of' },
  user: { local: 'kim', name: 'Kim User', says: 'ordinary user of' },
};

/** App roles mean something only in the directory of those who made the application: its home. */
const atHome: Readonly<Record<string, Part>> = {
  operator: { local: 'operator', name: 'Olivia Operator', says: 'app role Operator, at', roles: ['Operator'] },
  reader: { local: 'reader', name: 'Ray Reader', says: 'app role Reader, at', roles: ['Reader'] },
  nobody: { local: 'nobody', name: 'Noa Nobody', says: 'without an app role, at' },
};

/** But every directory can assign them to its own people. */
const elsewhere: Readonly<Record<string, Part>> = {
  intruder: {
    local: 'mallory',
    name: 'Mallory',
    says: 'gave themselves the app role Operator, in',
    roles: ['Operator'],
  },
};

const personal: Person = {
  account: 'personal',
  tenant: undefined,
  username: 'somebody@outlook.example',
  name: 'Somebody',
  objectId: guidFrom('personal account'),
  isAdmin: false,
  roles: [],
  says: 'somebody@outlook.example — personal account',
};

/** Who is in a tenant's directory; operators first in the home of the application. */
export function peopleOf(tenant: SimulatedTenant): Member[] {
  const { tenantId, domain, home = false } = tenant;
  const parts = home ? { ...atHome, ...inEachTenant } : { ...inEachTenant, ...elsewhere };
  return Object.entries(parts).map(([part, { local, name, says, roles = [] }]) => ({
    account: `${part}:${tenantId}`,
    tenant,
    username: `${local}@${domain}`,
    name,
    objectId: guidFrom(`person ${part} ${tenantId}`),
    isAdmin: part === 'admin',
    roles,
    says: `${local}@${domain} — ${says} ${tenant.name}`,
  }));
}

/** Everybody who can be chosen on a page for a tenant, its own people first. */
export function peopleFor(tenants: Tenants, tenant: SimulatedTenant | undefined): Person[] {
  const all = tenants.list();
  const first = tenant ?? all[0];
  const others = all.filter(({ tenantId }) => tenantId !== first?.tenantId).flatMap(peopleOf);
  return [
    ...(first ? peopleOf(first) : []),
    ...others.filter(({ isAdmin, roles }) => isAdmin || roles.length > 0),
    personal,
  ];
}

/** By what a form sent. */
export function findPerson(tenants: Tenants, account: string): Person | undefined {
  if (account === personal.account) return personal;
  const tenant = tenants.find(account.split(':')[1] ?? '');
  return tenant && peopleOf(tenant).find((person) => person.account === account);
}
