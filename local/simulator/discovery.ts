import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';
import { tenantNotFound } from './entra-refusal.ts';
import { isGuid } from './guid.ts';
import { publishedKey } from './signing-key.ts';
import type { Simulation } from './simulation.ts';
import type { SimulatedTenant } from './tenants.ts';

/**
 * The OpenID configuration of a tenant. Its issuer names the GUID, which is how a domain is turned into one.
 * @throws EntraRefusal for an unknown tenant
 */
export function discoveryAnswer(simulation: Simulation, tenantText: string, version: 'v1' | 'v2'): Answer {
  const tenant = simulation.tenants.find(tenantText) ?? welcomed(simulation, tenantText);
  if (tenant === undefined) throw tenantNotFound(tenantText, 'invalid_tenant');
  const { authorityUrl, loginUrl } = simulation.addresses;
  const base = `${authorityUrl}/${tenant.tenantId}`;
  const part = version === 'v2' ? '/v2.0' : '';
  return jsonAnswer(
    200,
    {
      token_endpoint: `${base}/oauth2${part}/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${base}/discovery${part}/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer:
        version === 'v2'
          ? `https://login.microsoftonline.com/${tenant.tenantId}/v2.0`
          : `https://sts.windows.net/${tenant.tenantId}/`,
      request_uri_parameter_supported: false,
      userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
      authorization_endpoint: `${loginUrl}/${tenant.tenantId}/oauth2${part}/authorize`,
      http_logout_supported: true,
      frontchannel_logout_supported: true,
      end_session_endpoint: `${loginUrl}/${tenant.tenantId}/oauth2${part}/logout`,
      claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'preferred_username', 'name', 'tid', 'ver'],
      tenant_region_scope: tenant.gcc === true ? 'NA' : 'EU',
      ...(tenant.gcc === true ? { tenant_region_sub_scope: 'GCC' } : {}),
      cloud_instance_name: 'microsoftonline.com',
      cloud_graph_host_name: 'graph.windows.net',
      msgraph_host: 'graph.microsoft.com',
      rbac_url: 'https://pas.windows.net',
    },
    { 'Cache-Control': 'max-age=86400, private', 'Access-Control-Allow-Origin': '*' },
  );
}

/** A tenant that nobody added, if the switch lets it be one: whoever adds a customer looks it up here first. */
function welcomed({ switches, tenants }: Simulation, text: string): SimulatedTenant | undefined {
  if (!isGuid(text) || switches.get('unknown-guids') === 'refuse') return undefined;
  return tenants.add({ tenantId: text, name: `Organization ${text.slice(0, 8)}`, domain: `org-${text}.example` });
}

/** The keys that ID tokens are signed with. */
export const keysAnswer = (): Answer => jsonAnswer(200, { keys: [publishedKey()] });
