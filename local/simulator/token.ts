import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';
import { issueToken } from './access-token.ts';
import { codeTokenAnswer } from './code-token.ts';
import { EntraRefusal, tenantNotFound } from './entra-refusal.ts';
import { isGuid } from './guid.ts';
import { findResource } from './resources.ts';
import type { Simulation } from './simulation.ts';
import type { SimulatedTenant } from './tenants.ts';

const refuse = (code: number, error: string, status: number, text: string) =>
  new EntraRefusal(code, error, status, text);

/** Whether a secret was the proof. @throws EntraRefusal if there is no credential, or a wrong one */
function checkCredential(simulation: Simulation, clientId: string, form: URLSearchParams): boolean {
  const secret = form.get('client_secret');
  const assertion = form.get('client_assertion');
  if (!secret && !assertion) {
    const text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    throw refuse(7000218, 'invalid_client', 401, text);
  }
  const expected = simulation.clientSecrets.get(clientId);
  if (secret && expected !== undefined && secret !== expected) {
    throw refuse(
      7000215,
      'invalid_client',
      401,
      'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not ' +
        `the client secret ID, for a secret added to app '${clientId}'.`,
    );
  }
  if (!secret && !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(assertion ?? '')) {
    throw refuse(50027, 'invalid_client', 401, 'JWT token is invalid or malformed.');
  }
  return Boolean(secret);
}

function findAudience(form: URLSearchParams, version: 'v1' | 'v2'): string {
  const name = version === 'v2' ? 'scope' : 'resource';
  const asked = form.get(name);
  if (!asked) throw refuse(90014, 'invalid_request', 400, `The required field '${name}' is missing from the request.`);
  if (version === 'v2' && !asked.endsWith('/.default')) {
    throw refuse(1002012, 'invalid_scope', 400, `The provided value for scope ${asked} is not valid. Add /.default.`);
  }
  const audience = findResource(version === 'v2' ? asked.slice(0, -'/.default'.length) : asked);
  if (audience === undefined) {
    throw refuse(500011, 'invalid_resource', 400, `The resource principal named ${asked} was not found in the tenant.`);
  }
  return audience;
}

/**
 * The token endpoint: client credentials, and codes of people who signed in.
 * @param form the request's body, form-encoded
 * @throws EntraRefusal
 */
export function tokenAnswer(
  simulation: Simulation,
  tenantText: string,
  version: 'v1' | 'v2',
  form: URLSearchParams,
): Answer {
  if (['common', 'organizations', 'consumers'].includes(tenantText.toLowerCase())) {
    const text =
      'No tenant-identifying information found in either the request or implied by any provided credentials.';
    throw refuse(50059, 'invalid_request', 400, text);
  }
  const tenant = simulation.tenants.find(tenantText);
  if (tenant === undefined) throw tenantNotFound(tenantText);
  const grantType = form.get('grant_type');
  if (grantType !== 'client_credentials' && grantType !== 'authorization_code') {
    throw refuse(
      70003,
      'unsupported_grant_type',
      400,
      `The app requested an unsupported grant type '${grantType ?? ''}'.`,
    );
  }
  const clientId = (form.get('client_id') ?? '').toLowerCase();
  if (!isGuid(clientId)) {
    throw refuse(900144, 'invalid_request', 400, "The request body must contain the following parameter: 'client_id'.");
  }
  const secretUsed = checkCredential(simulation, clientId, form);
  return grantType === 'authorization_code'
    ? codeTokenAnswer(simulation, tenant, clientId, secretUsed, form)
    : appTokenAnswer(simulation, tenant, clientId, secretUsed, version, form);
}

function appTokenAnswer(
  { now, consents, switches, key }: Simulation,
  { tenantId }: SimulatedTenant,
  clientId: string,
  secretUsed: boolean,
  version: 'v1' | 'v2',
  form: URLSearchParams,
): Answer {
  const audience = findAudience(form, version);
  const consent = consents.find(tenantId, clientId);
  if (consent === undefined) {
    const text = `The client application ${clientId} is missing service principal in the tenant ${tenantId}.`;
    throw refuse(7000229, 'invalid_client', 401, text);
  }
  if (switches.get('app-disabled', { tenantId })) {
    throw refuse(7000112, 'unauthorized_client', 400, `Application '${clientId}' is disabled.`);
  }
  const refused = switches.get('token-refused', { tenantId });
  if (refused !== null && switches.draw('token-refused', tenantId, refused.times)) {
    throw refuse(refused.code, refused.error, refused.status, 'The token was refused.');
  }
  const issued = now();
  const lifetime = switches.get('token-lifetime', { tenantId });
  const missing = switches.get('missing-roles', { tenantId });
  const applied = issued - consent.granted >= switches.get('roles-delay', { tenantId }) * 1000;
  const roles = applied ? consent.roles.filter((role) => !missing.includes(role)) : [];
  const token = { tenantId, clientId, audience, roles, expires: issued + lifetime * 1000 };
  const access_token = issueToken(key, token, issued, secretUsed);
  const seconds = Math.floor(issued / 1000);
  const headers = { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' };
  if (version === 'v2') {
    const body = { token_type: 'Bearer', expires_in: lifetime, ext_expires_in: lifetime, access_token };
    return jsonAnswer(200, body, headers);
  }
  const body = {
    token_type: 'Bearer',
    expires_in: String(lifetime),
    ext_expires_in: String(lifetime),
    expires_on: String(seconds + lifetime),
    not_before: String(seconds),
    resource: audience,
    access_token,
  };
  return jsonAnswer(200, body, headers);
}
