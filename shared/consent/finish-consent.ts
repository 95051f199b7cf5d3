import type { Relay } from '../relay.ts';
import type { ConsentState } from '../state/consents.ts';
import { invitedStill, isBound } from './bind-tenant.ts';
import { type BrowserSecret, browserSecretSeconds } from './browser-secret.ts';
import { checkedState, type UsedState, useUp } from './checked-state.ts';
import { type MicrosoftAnswer, refusalByError } from './microsoft-answer.ts';
import { accepted, refuse, refusedAs } from './outcome.ts';
import type { ConsentRefusalCode } from './refusal-words.ts';
import { sendToSignIn } from './send-to-sign-in.ts';

/**
 * Microsoft sent the administrator back from its consent page: state first, then the error, then the tenant. Nothing in
 * such an answer is signed, so it changes nothing yet: the person has to sign in, to prove who says so.
 * @returns where to send the browser; `undefined` for the closing page, as the consent is proven already
 * @throws ConsentRefusal, StorageError, RowConflict, SignInError
 */
export async function finishConsent(
  relay: Relay,
  answer: MicrosoftAnswer,
  cookies: string | null,
): Promise<{ location: string; browser: BrowserSecret } | undefined> {
  const { stored, walk } = await checkedState(relay, ['consent'], answer.state, cookies);
  const state =
    stored.value.usedAt === undefined
      ? await useUp(relay, stored, { result: (await faultOf(relay, answer, stored.value)) ?? accepted })
      : (stored.value as UsedState);
  const { usedAt, invitationHash } = state;
  if (state.result !== accepted) throw refuse(relay, refusedAs(state), state, { answer, walk });
  const tenant = await invitedStill(relay, state);
  if (typeof tenant === 'string') throw refuse(relay, tenant, state, { answer, walk });
  if (isBound(tenant.value, state)) return undefined;
  if (relay.clock.now() > usedAt + browserSecretSeconds * 1000) {
    throw refuse(relay, 'state_invalid', state, { answer, walk });
  }
  return sendToSignIn(relay, { purpose: 'proof', tenant: tenant.value, invitationHash }, walk.browser);
}

async function faultOf(
  relay: Relay,
  answer: MicrosoftAnswer,
  state: ConsentState,
): Promise<ConsentRefusalCode | undefined> {
  // The error first: `admin_consent=True` comes with errors, too.
  if (answer.error !== undefined) return refusalByError(answer) ?? 'refused_by_microsoft';
  if (answer.adminConsent?.toLowerCase() !== 'true') return 'refused_by_microsoft';
  if (answer.tenant?.toLowerCase() !== state.tenantId) return 'tenant_mismatch';
  const tenant = await invitedStill(relay, state);
  return typeof tenant === 'string' ? tenant : undefined;
}
