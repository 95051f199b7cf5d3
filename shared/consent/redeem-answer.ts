import type { TenantAddress } from '../entra/clouds.ts';
import { type SignedInPerson, SignInError } from '../entra/sign-in.ts';
import type { Relay } from '../relay.ts';
import type { ConsentState } from '../state/consents.ts';
import { aadstsRefusal } from './aadsts-refusal.ts';
import { invitedStill } from './bind-tenant.ts';
import { type BrowserSecret, nonceOf, verifierOf } from './browser-secret.ts';
import { type MicrosoftAnswer, refusalByError } from './microsoft-answer.ts';
import type { ConsentRefusalCode } from './refusal-words.ts';

/** Who signed in, or why nobody did. */
export type Redeemed =
  | { readonly spent?: never; readonly person: SignedInPerson; readonly refusal?: never; readonly aadsts?: never }
  | {
      readonly spent?: never;
      readonly person?: never;
      readonly refusal: ConsentRefusalCode;
      readonly aadsts?: string | undefined;
    }
  | { readonly spent: true; readonly tenant: TenantAddress };

/** Redeemed before, or too old. */
const spentCodes = ['AADSTS54005', 'AADSTS70008'];

/**
 * Looks at the answer to a sign-in and redeems its code.
 * @throws StorageError
 */
export async function redeemAnswer(
  relay: Relay,
  state: ConsentState,
  browser: BrowserSecret,
  answer: MicrosoftAnswer,
): Promise<Redeemed> {
  if (answer.error !== undefined) {
    const refusal = refusalByError(answer) ?? 'sign_in_refused';
    // Whatever was accepted a step before stands.
    return { refusal: refusal === 'cancelled' ? 'sign_in_cancelled' : refusal };
  }
  if (answer.code === undefined || answer.code === '') return { refusal: 'sign_in_refused' };
  const tenant = await directoryOf(relay, state);
  if (typeof tenant === 'string') return { refusal: tenant };
  try {
    const proof = { nonce: nonceOf(browser), verifier: verifierOf(browser) };
    const person = await relay.signIn.redeem({ tenant, ...proof }, answer.code);
    // Whoever else it may be, and whatever roles they bring along: only this directory speaks for this tenant.
    return person.tenantId === state.tenantId ? { person } : { refusal: 'tenant_mismatch' };
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    if (spentCodes.includes(error.code ?? '')) return { spent: true, tenant };
    return { refusal: refusalOf(error), aadsts: error.code };
  }
}

/** Whose directory must have signed the person in: the home tenant's for the console, the invited one's for a proof. */
async function directoryOf(relay: Relay, state: ConsentState): Promise<TenantAddress | ConsentRefusalCode> {
  const { settings } = relay;
  if (state.purpose === 'console') return { tenantId: state.tenantId, cloud: settings.cloud };
  const invited = await invitedStill(relay, state);
  return typeof invited === 'string' ? invited : invited.value;
}

function refusalOf({ kind, code = '' }: SignInError): ConsentRefusalCode {
  switch (kind) {
    case 'wrong-tenant':
      return 'tenant_mismatch';
    case 'credential-refused':
      return 'misconfigured';
    case 'unreachable':
      return 'microsoft_unavailable';
    case 'refused':
      return aadstsRefusal(code.replace('AADSTS', '')) ?? 'sign_in_refused';
  }
}
