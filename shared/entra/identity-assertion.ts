import { ManagedIdentityCredential } from '@azure/identity';
import { type Clock, systemClock } from '../clock.ts';
import type { Cloud } from './clouds.ts';
import { EntraError } from './entra-error.ts';
import { requestLimitPolicy } from './request-limit-policy.ts';

interface Kept {
  readonly token: Promise<string>;
  /** Milliseconds since the epoch. */
  until: number;
}

/** The platform's tokens live for hours; an hour is short enough for one that Entra does not take to be gone soon. */
const keptMs = 3_600_000;
/** By audience and identity: the platform is asked once for all tenants, which share the token. */
const kept = new Map<string, Kept>();

/**
 * The managed identity's own token, which Entra takes in place of the app's secret. The identity library was seen to ask
 * the platform at every call, which for thousands of tenants would be as many requests at once.
 *
 * @param identityClientId client ID of the user-assigned identity
 * @param limitMs for each request to the platform, retries included, milliseconds
 * @throws EntraError `credential-refused`
 */
export async function identityAssertion(
  identityClientId: string,
  cloud: Cloud,
  limitMs: number,
  clock: Clock = systemClock,
): Promise<string> {
  const key = `${cloud.assertionAudience} ${identityClientId}`;
  const known = kept.get(key);
  if (known !== undefined && clock.now() < known.until) return known.token;
  const asking = ask(identityClientId, cloud, limitMs);
  const entry: Kept = { token: asking.then(({ token }) => token), until: clock.now() + keptMs };
  kept.set(key, entry);
  try {
    const { token, expiresOnTimestamp } = await asking;
    entry.until = Math.min(entry.until, clock.now() + (expiresOnTimestamp - clock.now()) / 2);
    return token;
  } catch (error) {
    if (kept.get(key) === entry) kept.delete(key);
    await entry.token.catch(() => undefined);
    throw error;
  }
}

async function ask(identityClientId: string, { assertionAudience }: Cloud, limitMs: number) {
  try {
    const identity = new ManagedIdentityCredential({
      clientId: identityClientId,
      retryOptions: { maxRetries: 1, retryDelayInMs: 500 },
      additionalPolicies: [requestLimitPolicy(limitMs, () => undefined)],
    });
    return await identity.getToken(`${assertionAudience}/.default`);
  } catch {
    // Without the cause: the library's text quotes headers of the answer.
    throw new EntraError(
      `The managed identity ${identityClientId} gave no token; check that it is assigned to this app and that ENTRA_MANAGED_IDENTITY_CLIENT_ID names it.`,
      { kind: 'credential-refused' },
    );
  }
}
