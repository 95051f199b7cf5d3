import type { ConsentState } from '../state/consents.ts';
import { ConsentRefusal, type ConsentRefusalCode } from './consent-refusal.ts';

/** What Microsoft's redirect carries. Nothing of it is signed: none of it is believed without a check. */
export interface ConsentAnswer {
  readonly state: string | undefined;
  readonly tenant: string | undefined;
  readonly adminConsent: string | undefined;
  readonly error: string | undefined;
  readonly errorDescription: string | undefined;
}

/** What is wrong with an answer to a known state: the error first, as `admin_consent=True` also comes with errors. */
export function faultOf(answer: ConsentAnswer, { tenantId }: ConsentState): ConsentRefusalCode | undefined {
  if (answer.error !== undefined) {
    const cancelled = answer.error === 'permission_denied' || /AADSTS65004\b/.test(answer.errorDescription ?? '');
    return cancelled ? 'cancelled' : 'refused_by_microsoft';
  }
  if (answer.adminConsent?.toLowerCase() !== 'true') return 'refused_by_microsoft';
  return answer.tenant?.toLowerCase() === tenantId ? undefined : 'tenant_mismatch';
}

/** The refusal in words. Of Microsoft's description only the code is repeated: the rest could be anybody's text. */
export function refusalOf(code: ConsentRefusalCode, answer?: ConsentAnswer): ConsentRefusal {
  return new ConsentRefusal(code, sentenceOf(code, /AADSTS\d{3,10}/.exec(answer?.errorDescription ?? '')?.[0]));
}

function sentenceOf(code: ConsentRefusalCode, aadsts: string | undefined): string {
  switch (code) {
    case 'invitation_invalid':
      return 'This link does not work any more: ask the person who sent it to you for a new one.';
    case 'state_invalid':
      return 'This step has expired or was done before: open the link that you were sent and start again.';
    case 'other_browser':
      return 'This answer of Microsoft belongs to another browser: open the link that you were sent and start again here.';
    case 'cancelled':
      return 'You chose not to accept: to change your mind, open the same link again.';
    case 'tenant_mismatch':
      return 'You signed in to another organisation than the one invited: open the link again and sign in with an account of that organisation.';
    case 'tenant_leaving':
      return 'This organisation is not looked after here any more: nothing was changed.';
    case 'refused_by_microsoft':
      return `Microsoft did not grant the permissions${aadsts ? ` (${aadsts})` : ''}: open the link again and sign in as an administrator who may consent for the organisation.`;
  }
}
