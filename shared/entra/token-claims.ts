import { z } from 'zod';

/** The claims of an access token that we look at. */
export interface TokenClaims {
  /** Tenant whose directory made it out. */
  readonly tid: string | undefined;
  /** Client it was made out to: `appid` of a v1 token, `azp` of a v2 token. */
  readonly appid: string | undefined;
  readonly roles: readonly string[];
}

const claims = z.object({
  tid: z.string().optional(),
  appid: z.string().optional(),
  azp: z.string().optional(),
  roles: z.array(z.string()).optional(),
});

/**
 * Reads the claims of a token, without checking its signature: it came over TLS from Entra to us.
 * @returns `undefined` if it is no token that one can read
 */
export function tokenClaims(token: string): TokenClaims | undefined {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = claims.safeParse(json);
  if (!parsed.success) return undefined;
  const { tid, appid, azp, roles = [] } = parsed.data;
  return { tid, appid: appid ?? azp, roles };
}
