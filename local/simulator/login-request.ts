import type { Answer } from './answer.ts';
import { htmlAnswer, redirectAnswer } from './answer.ts';
import { EntraRefusal, tenantNotFound } from './entra-refusal.ts';
import { isGuid } from './guid.ts';
import { signInErrorPage } from './login-page.ts';
import type { Member } from './people.ts';
import { findPerson } from './people.ts';
import type { Simulation } from './simulation.ts';
import type { SwitchValue } from './switch-table.ts';
import type { SimulatedTenant } from './tenants.ts';

/** What every request for a page of the login names. */
export interface LoginRequest {
  /** `undefined`: whichever tenant the person who signs in belongs to. */
  readonly tenant: SimulatedTenant | undefined;
  readonly clientId: string;
  readonly redirectUri: URL;
  readonly state: string | null;
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

export const refuse = (code: number, text: string) => new EntraRefusal(code, 'invalid_request', 400, text);

/** @param anyTenant whether the path may leave it to the person @throws EntraRefusal */
export function readLoginRequest(
  simulation: Simulation,
  tenantText: string,
  anyTenant: boolean,
  fields: URLSearchParams,
): LoginRequest {
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
  return { tenant, clientId, redirectUri, state: fields.get('state') };
}

/** The address of the application with an answer. */
export function callback(asked: LoginRequest, values: Readonly<Record<string, string>>): string {
  const url = new URL(asked.redirectUri);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  if (asked.state !== null) url.searchParams.set('state', asked.state);
  return url.href;
}

/**
 * Who signed in, or the page that says that they are not of the tenant.
 * @throws EntraRefusal if the account does not exist
 */
export function signedIn(simulation: Simulation, asked: LoginRequest, account: string): Member | Answer {
  const person = findPerson(simulation.tenants, account);
  if (person === undefined) throw refuse(50034, 'The user account does not exist in the directory.');
  const { tenant, username } = person;
  if (tenant?.tenantId === (asked.tenant ?? tenant)?.tenantId && tenant !== undefined) return { ...person, tenant };
  if (asked.tenant === undefined) {
    const text = 'AADSTS500208: The domain is not a valid login domain for the account type.';
    return htmlAnswer(200, signInErrorPage('You can’t sign in here with a personal account', text));
  }
  const text =
    `AADSTS50020: User account ${username} from ${tenant?.name ?? "identity provider 'live.com'"} does not exist in ` +
    `tenant '${asked.tenant.name}' and cannot access the application '${asked.clientId}' in that tenant.`;
  return htmlAnswer(200, signInErrorPage('Selected user account does not exist in tenant', text));
}

/** What the switch wants instead of an answer: a page on which it ends, or a redirect with the error. */
export function refusedLogin(
  simulation: Simulation,
  name: 'consent-refused' | 'sign-in-refused',
  asked: LoginRequest,
  values: Readonly<Record<string, string>> = {},
): Answer | undefined {
  const scope = { tenantId: asked.tenant?.tenantId };
  const refused: SwitchValue<typeof name> = simulation.switches.get(name, scope);
  if (refused === null || !simulation.switches.draw(name, scope.tenantId ?? '', refused.times)) return undefined;
  const { code, error, text, as } = refused;
  const description = `AADSTS${code}: ${text}`;
  if (as === 'page') {
    return htmlAnswer(200, signInErrorPage('Sorry, but we’re having trouble signing you in.', description));
  }
  return redirectAnswer(callback(asked, { ...values, error, error_description: description }));
}
