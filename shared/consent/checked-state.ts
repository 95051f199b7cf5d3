import { sha256 } from '../hash.ts';
import type { Relay } from '../relay.ts';
import type { ConsentState, StatePurpose } from '../state/consents.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import { isSecretOf, readBrowserSecret } from './browser-secret.ts';
import { ConsentRefusal, type Walk } from './consent-refusal.ts';

/** A state whose answer came back to the browser that it was made for. */
export interface CheckedState {
  readonly stored: Stored<ConsentState>;
  readonly walk: Walk;
}

/**
 * Finds the state of an answer: known, made for one of these purposes, in this browser, in time. One that was used up
 * passes, so that a refreshed page can show the same again; nothing is used up here.
 * @param cookies the `cookie` header of the request
 * @throws ConsentRefusal, StorageError
 */
export async function checkedState(
  { consents, clock, log }: Pick<Relay, 'consents' | 'clock' | 'log'>,
  purposes: readonly StatePurpose[],
  state: string | undefined,
  cookies: string | null,
): Promise<CheckedState> {
  // Whoever comes with a forged answer, or with somebody else's, must be seen.
  const refused = (code: 'state_invalid' | 'other_browser', walk?: Walk): ConsentRefusal => {
    log.warn('answer-refused', { code });
    return new ConsentRefusal(code, { walk });
  };
  if (state === undefined || state.length > 100) throw refused('state_invalid');
  const stored = await consents.state(sha256(state), clock.now());
  if (stored === undefined || !purposes.includes(stored.value.purpose)) throw refused('state_invalid');
  const { purpose, browserHash, usedAt, expires } = stored.value;
  const cookie = readBrowserSecret(purpose, cookies);
  if (cookie === undefined || !isSecretOf(cookie.secret, browserHash)) throw refused('other_browser');
  const walk = { purpose, browser: { state, secret: cookie.secret } };
  if (usedAt === undefined && expires <= clock.now()) throw refused('state_invalid', walk);
  return { stored, walk };
}

export type UsedState = ConsentState & { readonly usedAt: number };

/**
 * Uses a state up.
 * @returns the state as it stands: the same callback may have used it up at the same moment
 * @throws StorageError, RowConflict
 */
export async function useUp(
  { consents, clock }: Pick<Relay, 'consents' | 'clock'>,
  { value, etag }: Stored<ConsentState>,
  outcome: Pick<ConsentState, 'result' | 'person'>,
): Promise<UsedState> {
  const used = { ...value, ...outcome, usedAt: clock.now() };
  try {
    await consents.replaceState(used, etag);
    return used;
  } catch (error) {
    const found = error instanceof RowConflict ? (await consents.state(value.hash, clock.now()))?.value : undefined;
    if (found?.usedAt === undefined) throw error;
    return { ...found, usedAt: found.usedAt };
  }
}
