import { sha256 } from '../hash.ts';
import type { Relay } from '../relay.ts';
import type { ConsentState } from '../state/consents.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import { bindTenant, invitedStill } from './bind-tenant.ts';
import { type BrowserSecret, isSecretOf } from './browser-secret.ts';
import { type ConsentAnswer, faultOf, refusalOf } from './consent-answer.ts';
import { ConsentRefusal, type ConsentRefusalCode } from './consent-refusal.ts';

/** `result` of a state that a consent used up. */
export const consented = 'consented';

/**
 * Microsoft sent the administrator back: state first, then the error, then the tenant, then our own token for it.
 * The same callback in the same browser changes nothing the second time.
 * @throws ConsentRefusal, StorageError, RowConflict
 */
export async function finishConsent(
  relay: Relay,
  answer: ConsentAnswer,
  browser: BrowserSecret | undefined,
): Promise<void> {
  const stored = await checkedState(relay, answer.state, browser);
  const state = stored.value;
  if (state.usedAt === undefined) {
    const usedAt = relay.clock.now();
    const refusal = await refusalFor(relay, answer, state);
    const used = { ...state, usedAt, result: refusal?.code ?? consented };
    try {
      await relay.consents.replaceState(used, stored.etag);
    } catch (error) {
      if (!(error instanceof RowConflict)) throw error;
      // Used up at the same moment by the same callback, or by this one without an answer of storage: go by what it says.
      return finishConsent(relay, answer, browser);
    }
    if (refusal === undefined) return bindTenant(relay, used);
    relay.log.warn('consent-refused', { tenantId: state.tenantId, code: refusal.code });
    throw refusal;
  }
  if (state.result !== consented) throw refusalOf(state.result as ConsentRefusalCode, answer);
  await bindTenant(relay, { ...state, usedAt: state.usedAt });
}

async function checkedState(
  { consents, clock }: Relay,
  state: string | undefined,
  browser: BrowserSecret | undefined,
): Promise<Stored<ConsentState>> {
  if (state === undefined || state.length > 100) throw refusalOf('state_invalid');
  const stored = await consents.state(sha256(state));
  if (stored === undefined) throw refusalOf('state_invalid');
  if (browser?.state !== state || !isSecretOf(browser.secret, stored.value.browserHash)) {
    throw refusalOf('other_browser');
  }
  if (stored.value.usedAt === undefined && stored.value.expires <= clock.now()) throw refusalOf('state_invalid');
  return stored;
}

async function refusalFor(
  relay: Relay,
  answer: ConsentAnswer,
  state: ConsentState,
): Promise<ConsentRefusal | undefined> {
  const fault = faultOf(answer, state);
  if (fault) return refusalOf(fault, answer);
  try {
    await invitedStill(relay, state);
    return undefined;
  } catch (error) {
    if (error instanceof ConsentRefusal) return error;
    throw error;
  }
}
