import type { AccessToken } from '@azure/identity';
import { contentTypes, roleFor } from '../activity-api/content-types.ts';
import { EntraError } from './entra-error.ts';
import { tokenSentence } from './entra-error-of.ts';
import { tokenClaims } from './token-claims.ts';
import type { TenantToken } from './token-source.ts';

/** The roles without which some content type cannot be read. */
export const neededRoles: readonly string[] = [...new Set(contentTypes.map(roleFor))];

/**
 * Looks at a token before it is used: Entra makes out tokens to apps without any permission, and a token for another
 * tenant would mix up two customers.
 *
 * @param tenantId whom it was asked for
 * @param clientId our app
 * @throws EntraError `token-mismatch`, `roles-missing`
 */
export function checkedToken(answer: AccessToken | null, tenantId: string, clientId: string): TenantToken {
  const claims = answer === null ? undefined : tokenClaims(answer.token);
  const mismatch = (what: string): EntraError =>
    new EntraError(`${tokenSentence(tenantId, 'token-mismatch')} (${what}).`, { kind: 'token-mismatch' });
  if (answer === null || claims === undefined) throw mismatch('its claims cannot be read');
  if (claims.tid?.toLowerCase() !== tenantId.toLowerCase()) throw mismatch('tid differs');
  if (claims.appid?.toLowerCase() !== clientId.toLowerCase()) throw mismatch('appid differs');
  const { roles } = claims;
  if (!roles.some((role) => neededRoles.includes(role))) {
    throw new EntraError(`${tokenSentence(tenantId, 'roles-missing')}.`, { kind: 'roles-missing', roles });
  }
  return { value: answer.token, roles, expires: answer.expiresOnTimestamp };
}
