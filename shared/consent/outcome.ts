import type { Relay } from '../relay.ts';
import type { ConsentState } from '../state/consents.ts';
import { ConsentRefusal, type Walk } from './consent-refusal.ts';
import { type MicrosoftAnswer, reportOf } from './microsoft-answer.ts';
import { type ConsentRefusalCode, refusalWords } from './refusal-words.ts';

/** `result` of a state whose answer was good; otherwise it is the code of a refusal. */
export const accepted = 'accepted';

/** Why a state was refused when it was used up. */
export const refusedAs = ({ result = '' }: ConsentState): ConsentRefusalCode =>
  Object.hasOwn(refusalWords, result) ? (result as ConsentRefusalCode) : 'state_invalid';

/** A refusal, told to the log as well: what only the operator can mend must be seen by the operator. */
export function refuse(
  { log }: Pick<Relay, 'log'>,
  code: ConsentRefusalCode,
  { tenantId, purpose }: Pick<ConsentState, 'tenantId' | 'purpose'>,
  { answer, walk, aadsts }: { answer: MicrosoftAnswer; walk: Walk; aadsts?: string | undefined },
): ConsentRefusal {
  const told = reportOf(answer);
  const report = { ...told, aadsts: aadsts ?? told.aadsts };
  const fields = { tenantId, purpose, code, ...report };
  if (code === 'misconfigured') log.error('consent-misconfigured', fields);
  else log.warn('consent-refused', fields);
  return new ConsentRefusal(code, { report, walk });
}
