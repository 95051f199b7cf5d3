import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { DeadlineError } from '../deadline.ts';
import { EntraError } from '../entra/entra-error.ts';
import { RecordStreamError } from '../records/record-stream-error.ts';
import { RowConflict, StorageError } from '../state/table.ts';

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
  /** It goes on in a message of its own, so that it takes no neighbour's time and none takes its own. */
  readonly alone?: boolean;
  /** Nothing came at all, for as long as we wait. */
  readonly silent?: boolean;
}

/**
 * The fate that an error means for the content that was being fetched.
 * @param isAlone whether the content had its message to itself, so that a defect of ours can only be about it
 * @throws the error itself if our own storage failed
 */
export function fateOf(error: unknown, isAlone: boolean): Fate {
  const fate = whatComesOf(error, isAlone);
  return { ...fate, reason: ledgerText(fate.reason) };
}

/** Table Storage takes no half characters, and a sentence that was shortened elsewhere may end in one. */
export const ledgerText = (sentence: string): string => sentence.slice(0, 1000).toWellFormed();

function whatComesOf(error: unknown, isAlone: boolean): Fate {
  if (error instanceof RecordStreamError) return { kind: 'failed', reason: error.message };
  if (error instanceof DeadlineError) return { kind: 'put-back', reason: error.message, alone: true };
  if (error instanceof EntraError) {
    const credential = error.kind === 'credential-refused' ? { credential: error } : {};
    return { kind: 'put-back', reason: error.message, ...credential };
  }
  if (error instanceof StorageError || error instanceof RowConflict) throw error;
  if (!(error instanceof ActivityApiError)) {
    return { kind: isAlone ? 'failed' : 'put-back', reason: defectSentence(error), alone: true };
  }
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

/** Names the error and where it came from: the words of an error that nobody expected may quote a record. */
function defectSentence(error: unknown): string {
  const name = error instanceof Error ? error.name : 'unknown';
  const place = error instanceof Error ? /^ +at .*$/m.exec(error.stack ?? '')?.[0].trim() : undefined;
  return `It met a defect of this program (${[name, place].filter(Boolean).join(' ')}); report it.`;
}
