import { z } from 'zod';
import type { Cloud } from './clouds.ts';
import { consumerTenants } from './consumer-tenants.ts';
import { SignInError, type SignedInPerson } from './sign-in.ts';

/** What an ID token must say. */
export interface Expected {
  readonly cloud: Cloud;
  /** Whose directory the person was asked to sign in to. */
  readonly tenantId: string;
  /** Our app. */
  readonly clientId: string;
  readonly nonce: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How far clocks may be apart, milliseconds. */
const leewayMs = 5 * 60_000;

const claims = z.object({
  iss: z.string(),
  aud: z.string(),
  tid: z.guid(),
  oid: z.guid(),
  nonce: z.string().min(1),
  ver: z.literal('2.0'),
  exp: z.number(),
  nbf: z.number().default(0),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  roles: z.array(z.string()).default([]),
});

/**
 * Looks at an ID token's claims. The sign-in library (@azure/msal-node 7.2) only compares the nonce; everything that
 * matters is checked here. The signature is not: the token came straight from the token endpoint over TLS, which OpenID
 * Connect Core 3.1.3.7 (6) takes in its place.
 *
 * @param given claims of the token, as they were read from it
 * @throws SignInError `wrong-tenant`, `refused`
 */
export function checkedPerson(given: unknown, { cloud, tenantId, clientId, nonce, now }: Expected): SignedInPerson {
  const asked = tenantId.toLowerCase();
  const parsed = claims.safeParse(given);
  if (!parsed.success) throw mismatch(asked, z.string().catch('claims').parse(parsed.error.issues[0]?.path[0]));
  const { iss, aud, oid, exp, nbf, name, preferred_username: username = '', roles, ...token } = parsed.data;
  const tid = token.tid.toLowerCase();
  if (consumerTenants.includes(tid)) {
    throw wrongTenant(asked, 'a personal account');
  }
  if (tid !== asked) throw wrongTenant(asked, 'an account of another organisation');
  if (iss !== `${cloud.issuerHost}/${tid}/v2.0`) throw mismatch(asked, 'iss');
  if (aud.toLowerCase() !== clientId.toLowerCase()) throw mismatch(asked, 'aud');
  if (token.nonce !== nonce) throw mismatch(asked, 'nonce');
  if (exp * 1000 + leewayMs <= now) throw mismatch(asked, 'exp');
  if (nbf * 1000 - leewayMs > now) throw mismatch(asked, 'nbf');
  return { tenantId: tid, objectId: oid.toLowerCase(), name: name?.trim() || username || oid, username, roles };
}

const mismatch = (tenantId: string, claim: string): SignInError =>
  new SignInError(
    `The ID token for tenant ${tenantId} is not what was asked for (${claim}); start the sign-in again.`,
    {
      kind: 'refused',
    },
  );

const wrongTenant = (tenantId: string, whose: string): SignInError =>
  new SignInError(`The sign-in for tenant ${tenantId} was done with ${whose}; sign in with one of the tenant's own.`, {
    kind: 'wrong-tenant',
  });
