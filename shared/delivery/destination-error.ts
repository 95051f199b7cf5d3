/**
 * Why a request was not taken as a whole:
 * - `unavailable`: 429, 5xx, time-out, reset, full disk; the same bytes may be sent again
 * - `misconfigured`: 401, 403, 404, 410, 3xx, unknown host, missing permission; someone must mend the settings
 * - `too-large`: 413; halve it
 * - `refused`: 400, 422; something in it is not to the destination's taste
 */
export type DestinationErrorKind = 'unavailable' | 'misconfigured' | 'too-large' | 'refused';

/** A request that a destination did not take. Its message is a sentence that names the destination and what to do. */
export class DestinationError extends Error {
  override readonly name = 'DestinationError';
  readonly kind: DestinationErrorKind;
  /** How long the destination asked us to wait, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: { kind: DestinationErrorKind; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.kind = details.kind;
    this.retryAfterMs = details.retryAfterMs;
  }
}
