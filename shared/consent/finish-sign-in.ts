import type { SignedInPerson } from '../entra/sign-in.ts';
import type { Relay } from '../relay.ts';
import { byRelay, noteHistory } from '../tenants/note-history.ts';
import { invitedStill } from './bind-tenant.ts';
import type { BrowserSecret } from './browser-secret.ts';
import { checkedState, type UsedState, useUp } from './checked-state.ts';
import type { Walk } from './consent-refusal.ts';
import type { MicrosoftAnswer } from './microsoft-answer.ts';
import { accepted, refuse, refusedAs } from './outcome.ts';
import { personText } from './person-text.ts';
import { redeemAnswer } from './redeem-answer.ts';
import { sendToSignIn } from './send-to-sign-in.ts';

export type FinishedSignIn =
  /** The code was good once and is not any more, as after a failure of ours: the person is sent to sign in again. */
  | { readonly walk: Walk; readonly again: { readonly location: string; readonly browser: BrowserSecret } }
  /** `person` is there the first time only: a refreshed callback redeems nothing. */
  | { readonly walk: Walk; readonly again?: never; readonly state: UsedState; readonly person?: SignedInPerson };

/**
 * Microsoft sent somebody back from its sign-in page, for whichever purpose: state first, then the error, then the code,
 * which is worth nothing without the secret of the browser that asked for it.
 * @throws ConsentRefusal, StorageError, RowConflict
 */
export async function finishSignIn(
  relay: Relay,
  answer: MicrosoftAnswer,
  cookies: string | null,
): Promise<FinishedSignIn> {
  const { stored, walk } = await checkedState(relay, ['proof', 'console'], answer.state, cookies);
  if (stored.value.usedAt !== undefined) return judged(relay, answer, walk, stored.value as UsedState);
  const found = await redeemAnswer(relay, stored.value, walk.browser, answer);
  if (found.spent) {
    // Perhaps by this very callback, a moment ago.
    const now = await checkedState(relay, [walk.purpose], answer.state, cookies);
    if (now.stored.value.usedAt !== undefined) return judged(relay, answer, walk, now.stored.value as UsedState);
    return { walk, again: await sendToSignIn(relay, { ...stored.value, tenant: found.tenant }, walk.browser) };
  }
  const { refusal, aadsts, person } = found;
  // Microsoft has not said no: a refreshed page may ask again.
  const undecided = refusal === 'microsoft_unavailable' && answer.error === undefined;
  if (undecided) throw refuse(relay, refusal, stored.value, { answer, walk, aadsts });
  const state = await useUp(relay, stored, {
    result: refusal ?? accepted,
    person: person && personText(person),
  });
  if (refusal !== undefined) await noteUnconfirmed(relay, state);
  return { ...judged(relay, answer, walk, state, aadsts), ...(person && { person }) };
}

/** The operator hears that somebody came as far as this: of what stands at Microsoft nothing else tells. */
async function noteUnconfirmed(relay: Relay, state: UsedState): Promise<void> {
  if (state.purpose !== 'proof' || typeof (await invitedStill(relay, state)) === 'string') return;
  const what = 'Consent was accepted at Microsoft, it seems, but nobody signed in to confirm it.';
  await noteHistory(relay, state.tenantId, what, byRelay);
}

/** @throws ConsentRefusal if the state was not used up by a good answer */
function judged(relay: Relay, answer: MicrosoftAnswer, walk: Walk, state: UsedState, aadsts?: string) {
  if (state.result === accepted) return { walk, state };
  throw refuse(relay, refusedAs(state), state, { answer, walk, aadsts });
}
