import { DestinationError } from './destination-error.ts';
import type { DestinationErrorKind } from './destination-error.ts';
import { printable } from './printable.ts';

export interface HttpAnswer {
  readonly status: number;
  /** What `Retry-After` asked for, milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The beginning of the answer's body. */
  readonly text: string;
}

const shownAnswer = 500;

function kindOf(status: number): DestinationErrorKind {
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'unavailable';
  if (status === 413) return 'too-large';
  if (status === 400 || status === 422) return 'refused';
  return 'misconfigured';
}

function advice(status: number, setting: string): string {
  if (status === 401 || status === 403) return `check ${setting}_SECRET and what the destination allows`;
  if (status === 404) return `check the path in ${setting}_URL`;
  if (status === 410) return `it wants no more requests; correct ${setting}_URL or take it out of DESTINATIONS`;
  if (status >= 300 && status < 400) return `redirects are not followed; put the final address into ${setting}_URL`;
  return `check ${setting}_URL`;
}

/**
 * What an answer means for the request as a whole.
 * @returns `undefined` for 2xx, which alone is success (Standard Webhooks 1.0)
 */
export function answerError(destinationName: string, answer: HttpAnswer): DestinationError | undefined {
  const { status, retryAfterMs, text } = answer;
  if (status >= 200 && status < 300) return undefined;
  const kind = kindOf(status);
  const subject = `Destination ${destinationName}`;
  switch (kind) {
    case 'unavailable':
      return new DestinationError(
        `${subject} cannot take records now (HTTP ${status}); if that lasts, look at the destination itself.`,
        {
          kind,
          retryAfterMs,
        },
      );
    case 'too-large':
      return new DestinationError(`${subject} says that a request is too large (HTTP 413); raise its limit to 4 MB.`, {
        kind,
      });
    case 'refused': {
      const said = printable(text, shownAnswer);
      const quoted = said === '' ? 'without a word' : `and says: ${said}`;
      return new DestinationError(`${subject} refused a request (HTTP ${status}) ${quoted}`, { kind });
    }
    case 'misconfigured': {
      const setting = `DESTINATION_${destinationName.toUpperCase()}`;
      return new DestinationError(`${subject} turned a request away (HTTP ${status}); ${advice(status, setting)}.`, {
        kind,
      });
    }
  }
}
