import type { Answer } from './answer.ts';
import { htmlAnswer, redirectAnswer } from './answer.ts';
import type { Account } from './consent-page.ts';
import { consentPage, signInErrorPage } from './consent-page.ts';
import { EntraRefusal, tenantNotFound } from './entra-refusal.ts';
import { isGuid } from './guid.ts';
import { applicationRoles } from './permissions.ts';
import { findResource } from './resources.ts';
import type { Simulation } from './simulation.ts';
import type { SimulatedTenant } from './tenants.ts';

type Version = 'v1' | 'v2';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

interface Asked {
  /** `undefined`: whichever tenant the person who signs in belongs to. */
  readonly tenant: SimulatedTenant | undefined;
  readonly clientId: string;
  readonly scope: string;
  readonly redirectUri: URL;
  readonly state: string | null;
}

const refuse = (code: number, text: string) => new EntraRefusal(code, 'invalid_request', 400, text);

function readAsked(simulation: Simulation, tenantText: string, version: Version, fields: URLSearchParams): Asked {
  const anyTenant = tenantText === 'organizations' || (version === 'v1' && tenantText === 'common');
  if (tenantText === 'common' && !anyTenant) {
    throw refuse(90130, 'The /common endpoint is not supported here. Use /organizations or the tenant.');
  }
  const tenant = anyTenant ? undefined : simulation.tenants.find(tenantText);
  if (tenant === undefined && !anyTenant) throw tenantNotFound(tenantText);
  const clientId = (fields.get('client_id') ?? '').toLowerCase();
  if (!isGuid(clientId)) throw refuse(700016, `Application with identifier '${clientId}' was not found.`);
  const redirectText = fields.get('redirect_uri');
  if (!redirectText) throw refuse(900971, 'No reply address provided.');
  const redirectUri = URL.parse(redirectText);
  if (redirectUri === null || !/^https?:$/.test(redirectUri.protocol) || !loopback.has(redirectUri.hostname)) {
    const text = `The redirect URI '${redirectText}' does not match those of the application. Here only loopback is allowed.`;
    throw refuse(50011, text);
  }
  const scope = fields.get('scope') ?? '';
  const resource = findResource(scope.replace(/\/\.default$/, ''));
  if (version === 'v2' && (resource === undefined || !scope.endsWith('/.default'))) {
    throw refuse(70011, `The provided value for the input parameter 'scope' is not valid: '${scope}'.`);
  }
  const scopes = applicationRoles.map((role) => `${resource ?? ''}/${role}`).join(' ');
  return { tenant, clientId, scope: scopes, redirectUri, state: fields.get('state') };
}

function callback(asked: Asked, values: Readonly<Record<string, string>>): string {
  const url = new URL(asked.redirectUri);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  if (asked.state !== null) url.searchParams.set('state', asked.state);
  return url.href;
}

function accountsFor(simulation: Simulation, tenant: SimulatedTenant | undefined): Account[] {
  const all = simulation.tenants.list();
  const first = tenant ?? all[0];
  if (first === undefined) return [];
  const others = all.filter(({ tenantId }) => tenantId !== first.tenantId);
  return [
    { value: `admin:${first.tenantId}`, says: `admin@${first.domain} — Global Administrator of ${first.name}` },
    { value: `user:${first.tenantId}`, says: `kim@${first.domain} — ordinary user of ${first.name}` },
    ...others.map(({ tenantId, domain, name }) => ({
      value: `admin:${tenantId}`,
      says: `admin@${domain} — Global Administrator of ${name}`,
    })),
  ];
}

/** The consent page. @throws EntraRefusal if the link is wrong */
export function consentPageAnswer(
  simulation: Simulation,
  tenantText: string,
  version: Version,
  fields: URLSearchParams,
): Answer {
  const asked = readAsked(simulation, tenantText, version, fields);
  const names = ['client_id', 'scope', 'redirect_uri', 'state'];
  return htmlAnswer(
    200,
    consentPage({
      action: `/${encodeURIComponent(tenantText)}${version === 'v2' ? '/v2.0' : ''}/adminconsent`,
      organization: asked.tenant?.name ?? 'your organization',
      clientId: asked.clientId,
      accounts: accountsFor(simulation, asked.tenant),
      hidden: Object.fromEntries(names.flatMap((name) => (fields.has(name) ? [[name, fields.get(name) ?? '']] : []))),
    }),
  );
}

/**
 * What the form of the consent page leads to: back to the application, or a page that says why not.
 * @throws EntraRefusal if what the form sends is wrong
 */
export function consentFormAnswer(
  simulation: Simulation,
  tenantText: string,
  version: Version,
  fields: URLSearchParams,
): Answer {
  const asked = readAsked(simulation, tenantText, version, fields);
  const v2 = version === 'v2';
  const refused = (description: string) => ({
    ...(v2 ? { admin_consent: 'True' } : {}),
    error: v2 ? 'access_denied' : 'permission_denied',
    error_description: description,
  });
  if (fields.get('answer') !== 'accept') {
    const declined = 'AADSTS65004: User declined to consent to access the app.';
    return redirectAnswer(callback(asked, refused(v2 ? declined : 'The admin canceled the request')));
  }
  const [role = '', home = ''] = (fields.get('account') ?? '').split(':');
  const signedIn = simulation.tenants.find(home);
  if (signedIn === undefined) throw refuse(50034, 'The user account does not exist in the directory.');
  if (asked.tenant !== undefined && signedIn.tenantId !== asked.tenant.tenantId) {
    const text =
      `AADSTS50020: User account admin@${signedIn.domain} from ${signedIn.name} does not exist in tenant ` +
      `'${asked.tenant.name}' and cannot access the application '${asked.clientId}' in that tenant.`;
    return htmlAnswer(200, signInErrorPage('Selected user account does not exist in tenant', text));
  }
  if (role !== 'admin') {
    const text = 'AADSTS90094: An administrator of your organization must grant this application its permissions.';
    return htmlAnswer(200, signInErrorPage('Need admin approval', text, callback(asked, refused(text))));
  }
  const { tenantId } = signedIn;
  simulation.consents.grant({ tenantId, clientId: asked.clientId, roles: applicationRoles, granted: simulation.now() });
  const granted = { admin_consent: 'True', tenant: tenantId };
  return redirectAnswer(callback(asked, v2 ? { ...granted, scope: asked.scope } : granted));
}
