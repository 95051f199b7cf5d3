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

/** What a directory says of a person is theirs to choose; the length is ours. */
const display = z
  .string()
  .catch('')
  .transform((text) => text.trim().slice(0, 256));

const claims = z.object({
  iss: z.string(),
  aud: z.string(),
  tid: z.guid().toLowerCase(),
  oid: z.guid().toLowerCase(),
  nonce: z.string(),
  ver: z.literal('2.0'),
  exp: z.number(),
  nbf: z.number().default(0),
  name: display,
  preferred_username: display,
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
export function checkedPerson(given: unknown, expected: Expected): SignedInPerson {
  const { cloud, clientId, now } = expected;
  const tenantId = expected.tenantId.toLowerCase();
  const parsed = claims.safeParse(given);
  if (!parsed.success) throw mismatch(tenantId, parsed.error.issues[0]?.path.join('.') ?? '');
  const { tid, oid, iss, aud, nonce, exp, nbf, name, preferred_username: username, roles } = parsed.data;
  if (consumerTenants.includes(tid)) throw wrongTenant(tenantId, 'a personal account');
  if (tid !== tenantId) throw wrongTenant(tenantId, 'an account of another organisation');
  const wrong = Object.entries({
    iss: iss !== `${cloud.issuerHost}/${tenantId}/v2.0`,
    aud: aud.toLowerCase() !== clientId.toLowerCase(),
    nonce: nonce !== expected.nonce,
    exp: exp * 1000 + leewayMs <= now,
    nbf: nbf * 1000 - leewayMs > now,
  }).find(([, isWrong]) => isWrong);
  if (wrong !== undefined) throw mismatch(tenantId, wrong[0]);
  return { tenantId, objectId: oid, name: [name, username].find((text) => text !== '') ?? oid, username, roles };
}

function mismatch(tenantId: string, claim: string): SignInError {
  const what = claim === '' ? '' : ` (${claim})`;
  const message = `The ID token for tenant ${tenantId} is not what was asked for${what}; start the sign-in again.`;
  return new SignInError(message, { kind: 'refused' });
}

function wrongTenant(tenantId: string, whose: string): SignInError {
  const message = `The sign-in for tenant ${tenantId} was done with ${whose}; sign in with one of the tenant's own.`;
  return new SignInError(message, { kind: 'wrong-tenant' });
}
