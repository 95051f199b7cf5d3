import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { DeadlineError } from '../deadline.ts';
import { EntraError } from '../entra/entra-error.ts';
import { RecordStreamError } from '../records/record-stream-error.ts';

/**
 * What an attempt at a content comes to when it could not be carried through:
 * - `lost`: the API will never give it to us again
 * - `park`: nothing but a person can help, no further try is made
 * - `failed`: its own fault, counted; five park it
 * - `put-back`: not its fault (throttling, the API's or our own trouble), tried again for as long as it takes
 */
export interface Fate {
  readonly kind: 'lost' | 'park' | 'failed' | 'put-back';
  /** One sentence for the ledger. */
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
  /** The API throttles the tenant: everyone should know. */
  readonly throttled?: ActivityApiError;
  /** Our own credential fails: everyone should know. */
  readonly credential?: EntraError;
  /** Nothing came at all, for as long as we wait. */
  readonly silent?: boolean;
}

/**
 * The fate that an error means for the content that was being fetched.
 * @throws the error itself if it is neither the API's, Entra's nor the content's: then our own storage or code failed
 */
export function fateOf(error: unknown): Fate {
  const fate = whatComesOf(error);
  return { ...fate, reason: ledgerText(fate.reason) };
}

/** Table Storage takes no half characters, and a sentence that was shortened elsewhere may end in one. */
export const ledgerText = (sentence: string): string => sentence.slice(0, 1000).toWellFormed();

function whatComesOf(error: unknown): Fate {
  if (error instanceof RecordStreamError) return { kind: 'failed', reason: error.message };
  if (error instanceof DeadlineError) return { kind: 'put-back', reason: error.message };
  if (error instanceof EntraError) {
    const credential = error.kind === 'credential-refused' ? { credential: error } : {};
    return { kind: 'put-back', reason: error.message, ...credential };
  }
  if (!(error instanceof ActivityApiError)) throw error;
  switch (error.kind) {
    case 'content-expired':
    case 'content-unknown':
      return { kind: 'lost', reason: error.message };
    case 'address-refused':
      return { kind: 'park', reason: error.message };
    case 'rejected':
      return { kind: 'failed', reason: error.message };
    case 'throttled':
      return { kind: 'put-back', reason: error.message, retryAfterMs: error.retryAfterMs, throttled: error };
    case 'unreachable':
      return { kind: 'put-back', reason: error.message, silent: error.timedOut };
    default:
      return { kind: 'put-back', reason: error.message, retryAfterMs: error.retryAfterMs };
  }
}
