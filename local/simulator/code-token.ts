import { createHash } from 'node:crypto';
import { issueToken } from './access-token.ts';
import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';
import { brokenAnswer } from './api-refusal.ts';
import type { CodeGrant } from './codes.ts';
import { EntraRefusal } from './entra-refusal.ts';
import { guidFrom } from './guid.ts';
import type { Simulation } from './simulation.ts';
import { signToken } from './signing-key.ts';
import type { SimulatedTenant } from './tenants.ts';

const graph = '00000003-0000-0000-c000-000000000000';
const lifetime = 3600;

const refuse = (code: number, text: string) => new EntraRefusal(code, 'invalid_grant', 400, text);

/** What the code stands for. @throws EntraRefusal if it may not be redeemed like this */
function redeemed(
  { codes, now }: Simulation,
  tenant: SimulatedTenant,
  clientId: string,
  form: URLSearchParams,
): CodeGrant {
  const grant = codes.take(form.get('code') ?? '');
  if (grant === undefined) throw refuse(9002313, 'Invalid request. Request is malformed or invalid.');
  if (grant === 'used')
    throw refuse(54005, 'OAuth2 Authorization code was already redeemed. Please retry with a new one.');
  if (grant.expires <= now()) throw refuse(70008, 'The provided authorization code or refresh token has expired.');
  if (grant.person.tenant.tenantId !== tenant.tenantId) {
    throw refuse(700005, 'Provided Authorization Code is intended to use against other tenant, thus rejected.');
  }
  if (grant.clientId !== clientId) throw refuse(70000, 'Provided grant was issued to another client.');
  if (form.get('redirect_uri') !== grant.redirectUri) {
    throw refuse(500112, 'The reply address does not match the one provided when requesting the authorization code.');
  }
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  if (challenge !== grant.challenge) throw refuse(501481, 'The Code_Verifier does not match the code_challenge.');
  const more = (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '' && !grant.scopes.includes(scope));
  if (more.length > 0)
    throw refuse(70000, `The scopes ${more.join(' ')} were not asked for when the person signed in.`);
  return grant;
}

/** The claims of a v2.0 ID token, as the fact sheet and the wire have them. */
function idClaims({ person, clientId, nonce }: CodeGrant, now: number): Record<string, unknown> {
  const seconds = Math.floor(now / 1000);
  const { tenantId } = person.tenant;
  return {
    aud: clientId,
    iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    iat: seconds,
    nbf: seconds,
    exp: seconds + lifetime,
    name: person.name,
    nonce,
    oid: person.objectId,
    preferred_username: person.username,
    ...(person.roles.length > 0 ? { roles: person.roles } : {}),
    sub: guidFrom(`subject ${person.objectId} ${clientId}`),
    tid: tenantId,
    ver: '2.0',
  };
}

function forged(claims: Record<string, unknown>, changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const changed = Object.entries({ ...claims, ...changes });
  return Object.fromEntries(changed.filter(([, value]) => value !== null));
}

/**
 * Redeems a code of somebody who signed in: an ID token, and an access token that the Activity API does not take.
 * @throws EntraRefusal
 */
export function codeTokenAnswer(
  simulation: Simulation,
  tenant: SimulatedTenant,
  clientId: string,
  secretUsed: boolean,
  form: URLSearchParams,
): Answer {
  const { tenantId } = tenant;
  const { switches, key } = simulation;
  const refused = switches.get('code-refused', { tenantId });
  if (refused !== null && switches.draw('code-refused', tenantId, refused.times)) {
    if (refused.as === 'hang') return { status: 0, end: 'hang' };
    if (refused.as === 'page') return brokenAnswer(refused.status, 'html');
    throw new EntraRefusal(refused.code, refused.error, refused.status, 'The code was refused.');
  }
  const grant = redeemed(simulation, tenant, clientId, form);
  const now = simulation.now();
  const forgery = switches.get('forged-id-token', { tenantId });
  const claims = idClaims(grant, now);
  const access = { tenantId, clientId, audience: graph, roles: [], expires: now + lifetime * 1000 };
  return jsonAnswer(
    200,
    {
      token_type: 'Bearer',
      scope: grant.scopes.join(' '),
      expires_in: lifetime,
      ext_expires_in: lifetime,
      access_token: issueToken(key, access, now, secretUsed),
      ...(grant.scopes.includes('offline_access') ? { refresh_token: `1.${guidFrom(grant.challenge)}` } : {}),
      ...(forgery === 'none' ? {} : { id_token: signToken(forgery === null ? claims : forged(claims, forgery)) }),
    },
    { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' },
  );
}
