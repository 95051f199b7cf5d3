import type { ContentType } from '../activity-api/content-types.ts';
import { type CloudName, cloudNames } from '../entra/clouds.ts';
import { isoTime, list, number, optionalText, optionalTime, text, time } from './columns.ts';
import type { Stored } from './stored.ts';
import type { Row, StoredRow, Tables } from './table.ts';

export const tenantStates = [
  'invited',
  'waiting',
  'active',
  'audit-off',
  'permission-missing',
  'consent-withdrawn',
  'app-disabled',
  'gone',
  'paused',
  'leaving',
] as const;

export type TenantState = (typeof tenantStates)[number];

/** A run of failures of one kind, not yet or already shown as the tenant's state. */
export interface Trouble {
  readonly state: TenantState;
  readonly since: number;
  readonly count: number;
}

/** One customer's tenant. */
export interface Tenant {
  readonly tenantId: string;
  /** The customer name: the operator's own label. */
  readonly name: string;
  /** The domain by which an operator named the tenant, if it was not its ID. */
  readonly domain?: string | undefined;
  readonly cloud: CloudName;
  readonly state: TenantState;
  readonly contentTypes: readonly ContentType[];
  readonly addedAt: number;
  /** Hash of the one invitation that is good; an older link is dead. */
  readonly invitationHash: string | undefined;
  /** When that link stops working; the invitation itself says so, this is for people. */
  readonly invitationExpires?: number | undefined;
  readonly consentedAt: number | undefined;
  /** Who confirmed the consent by signing in, as Microsoft signed it. Who pressed “Accept” it does not say. */
  readonly consentedBy?: string | undefined;
  /** Since when it is collected without a break in its consent, if that is longer than since the last one. */
  readonly collectedSince?: number | undefined;
  /** What the state was when somebody paused it; where it is when resumed. */
  readonly pausedFrom?: TenantState | undefined;
  /** Application roles that the consent does not give, as the last token showed. */
  readonly missingRoles?: readonly string[] | undefined;
  /** Of the last changes that people made, so that a write whose answer got lost is known again. */
  readonly changeMarks?: readonly string[] | undefined;
  /** Somebody asked to look at once: the lister asks for a new token, past all pauses. */
  readonly checkAskedAt?: number | undefined;
  readonly trouble: Trouble | undefined;
  /** Not looked at before this time: growing pauses while something is wrong at the tenant's end. */
  readonly nextCheckAt: number | undefined;
  /** When leaving: whether what is queued is still delivered. */
  readonly leaving: 'drain' | 'drop' | undefined;
}

const fromRow = ({ row, etag }: StoredRow): Stored<Tenant> => {
  const troubleState = optionalText(row, 'troubleState');
  const leaving = optionalText(row, 'leaving');
  const missingRoles = list(row, 'missingRoles');
  const changeMarks = list(row, 'changeMarks');
  return {
    etag,
    value: {
      tenantId: row.partitionKey,
      name: text(row, 'name'),
      domain: optionalText(row, 'domain'),
      cloud: cloudNames.find((name) => name === row['cloud']) ?? 'worldwide',
      state: text(row, 'state') as TenantState,
      contentTypes: list(row, 'contentTypes') as ContentType[],
      addedAt: time(row, 'addedAt'),
      invitationHash: optionalText(row, 'invitationHash'),
      invitationExpires: optionalTime(row, 'invitationExpires'),
      consentedAt: optionalTime(row, 'consentedAt'),
      consentedBy: optionalText(row, 'consentedBy'),
      collectedSince: optionalTime(row, 'collectedSince'),
      pausedFrom: optionalText(row, 'pausedFrom') as TenantState | undefined,
      missingRoles: missingRoles.length > 0 ? missingRoles : undefined,
      changeMarks: changeMarks.length > 0 ? changeMarks : undefined,
      checkAskedAt: optionalTime(row, 'checkAskedAt'),
      trouble:
        troubleState === undefined
          ? undefined
          : {
              state: troubleState as TenantState,
              since: time(row, 'troubleSince'),
              count: number(row, 'troubleCount'),
            },
      nextCheckAt: optionalTime(row, 'nextCheckAt'),
      leaving: leaving === 'drain' || leaving === 'drop' ? leaving : undefined,
    },
  };
};

const toRow = (tenant: Tenant): Row => ({
  partitionKey: tenant.tenantId,
  rowKey: tenant.tenantId,
  name: tenant.name,
  domain: tenant.domain,
  cloud: tenant.cloud,
  state: tenant.state,
  contentTypes: tenant.contentTypes.join(','),
  addedAt: isoTime(tenant.addedAt),
  invitationHash: tenant.invitationHash,
  invitationExpires: isoTime(tenant.invitationExpires),
  consentedAt: isoTime(tenant.consentedAt),
  consentedBy: tenant.consentedBy,
  collectedSince: isoTime(tenant.collectedSince),
  pausedFrom: tenant.pausedFrom,
  missingRoles: tenant.missingRoles?.join(','),
  changeMarks: tenant.changeMarks?.join(','),
  checkAskedAt: isoTime(tenant.checkAskedAt),
  troubleState: tenant.trouble?.state,
  troubleSince: isoTime(tenant.trouble?.since),
  troubleCount: tenant.trouble?.count,
  nextCheckAt: isoTime(tenant.nextCheckAt),
  leaving: tenant.leaving,
});

/** Table `tenants`. Written by the lister and the HTTP functions only. */
export interface TenantStore {
  get(tenantId: string): Promise<Stored<Tenant> | undefined>;
  all(): Promise<Stored<Tenant>[]>;
  /** @throws RowConflict if the tenant was added before */
  insert(tenant: Tenant): Promise<string>;
  /** @throws RowConflict if it changed since it was read */
  replace(tenant: Tenant, etag: string): Promise<string>;
  /** @throws RowConflict if it changed since it was read */
  remove(tenantId: string, etag: string): Promise<void>;
}

export function createTenantStore(tables: Tables): TenantStore {
  const table = tables.table('tenants');
  return {
    async get(tenantId) {
      const stored = await table.get(tenantId, tenantId);
      return stored && fromRow(stored);
    },
    async all() {
      return (await Array.fromAsync(table.query({}))).map(fromRow);
    },
    insert: (tenant) => table.insert(toRow(tenant)),
    replace: (tenant, etag) => table.replace(toRow(tenant), etag),
    remove: (tenantId, etag) => table.remove(tenantId, tenantId, etag),
  };
}
