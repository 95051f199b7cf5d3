import { randomUUID } from 'node:crypto';
import type { Answer } from './answer.ts';
import { htmlAnswer, redirectAnswer } from './answer.ts';
import { accountForm, loginPage } from './login-page.ts';
import type { LoginRequest } from './login-request.ts';
import { callback, readLoginRequest, refuse, refusedLogin, signedIn } from './login-request.ts';
import { peopleFor } from './people.ts';
import type { Simulation } from './simulation.ts';

interface Asked extends LoginRequest {
  readonly redirectText: string;
  readonly scopes: readonly string[];
  readonly nonce: string;
  readonly challenge: string;
}

const codeLifetime = 10 * 60_000;
const prompts = ['', 'none', 'login', 'consent', 'select_account'];
const names = ['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'prompt'];
const kept = [...names, 'code_challenge', 'code_challenge_method'];

/** Stricter than Entra, which would do without PKCE and nonce: a client that leaves them out has a bug. */
function readAsked(simulation: Simulation, tenantText: string, fields: URLSearchParams): Asked {
  const anyTenant = tenantText === 'organizations' || tenantText === 'common';
  const request = readLoginRequest(simulation, tenantText, anyTenant, fields);
  const field = (name: string): string => fields.get(name) ?? '';
  for (const name of ['response_type', 'scope', 'state', 'nonce']) {
    if (field(name) === '') throw refuse(900144, `The request must contain the following parameter: '${name}'.`);
  }
  if (field('response_type') !== 'code')
    throw refuse(700054, 'Only response_type=code is enabled for the application.');
  if (!['', 'query'].includes(field('response_mode'))) throw refuse(70007, 'Only response_mode=query is supported.');
  if (!prompts.includes(field('prompt'))) throw refuse(90023, `The prompt '${field('prompt')}' is not supported.`);
  const scopes = field('scope').split(' ');
  if (!scopes.includes('openid')) throw refuse(70011, `The scope '${field('scope')}' is not valid: openid is missing.`);
  const challenge = field('code_challenge');
  if (challenge === '') throw refuse(9002325, 'Proof Key for Code Exchange is required for this application.');
  if (field('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge)) {
    throw refuse(501491, 'The code_challenge is none of the method S256.');
  }
  return { ...request, redirectText: field('redirect_uri'), scopes, nonce: field('nonce'), challenge };
}

/** The page on which one picks an account. @throws EntraRefusal if the link is wrong */
export function authorizePageAnswer(simulation: Simulation, tenantText: string, fields: URLSearchParams): Answer {
  const { tenant } = readAsked(simulation, tenantText, fields);
  const form = accountForm({
    id: 'sign-in',
    action: `/${encodeURIComponent(tenantText)}/oauth2/v2.0/authorize`,
    accounts: peopleFor(simulation.tenants, tenant).map(({ account, says }) => ({ value: account, says })),
    hidden: Object.fromEntries(kept.flatMap((name) => (fields.has(name) ? [[name, fields.get(name) ?? '']] : []))),
    accept: 'Sign in',
  });
  return htmlAnswer(200, loginPage('Pick an account', form));
}

/**
 * What the form of that page leads to: back to the application, or a page that says why not.
 * @throws EntraRefusal if what the form sends is wrong, or the application is disabled
 */
export function authorizeFormAnswer(simulation: Simulation, tenantText: string, fields: URLSearchParams): Answer {
  const asked = readAsked(simulation, tenantText, fields);
  if (fields.get('answer') !== 'accept') {
    return redirectAnswer(callback(asked, { error: 'access_denied', error_subcode: 'cancel' }));
  }
  const person = signedIn(simulation, asked, fields.get('account') ?? '');
  if ('status' in person) return person;
  const refused = refusedLogin(simulation, 'sign-in-refused', asked);
  if (refused !== undefined) return refused;
  if (simulation.switches.get('app-disabled', { tenantId: person.tenant.tenantId })) {
    throw refuse(7000112, `Application '${asked.clientId}' is disabled.`);
  }
  const { clientId, redirectText: redirectUri, scopes, nonce, challenge } = asked;
  const expires = simulation.now() + codeLifetime;
  const code = simulation.codes.issue({ person, clientId, redirectUri, scopes, nonce, challenge, expires });
  return redirectAnswer(callback(asked, { code, session_state: randomUUID() }));
}
