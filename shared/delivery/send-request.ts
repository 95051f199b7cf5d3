import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import { DestinationError } from './destination-error.ts';
import type { Delivery, Destination, Word } from './destination.ts';

/** Pauses before a request is sent again as it is, milliseconds, before jitter. */
export const defaultRetryPausesMs: readonly number[] = [1_000, 5_000, 20_000];

const retrySpanMs = 60_000;

export interface SendRequestDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** One more try for each, milliseconds. */
  readonly retryPausesMs: readonly number[];
  readonly signal: AbortSignal;
  /** Told of each try how long it took and whether it was taken; not of one that was broken off. */
  readonly onAnswered?: (milliseconds: number, isTaken: boolean) => void;
}

/**
 * Sends one request and, while its destination is unavailable, the same request again: each pause between a half and the
 * whole of what is set, or `Retry-After` if longer, and no try begun later than a minute after the first. What cannot be
 * mended by sending the same bytes is not repeated here.
 *
 * @returns a word for each record, in order
 * @throws DestinationError when the destination has to be given up for now; the signal's reason when aborted
 */
export async function sendRequest(
  destination: Destination,
  delivery: Delivery,
  { clock, random, retryPausesMs, signal, onAnswered }: SendRequestDeps,
): Promise<readonly Word[]> {
  const lastStart = clock.now() + retrySpanMs;
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted();
    const begun = clock.now();
    try {
      const words = await sendOnce(destination, delivery, signal);
      onAnswered?.(clock.now() - begun, true);
      return words;
    } catch (error) {
      signal.throwIfAborted();
      onAnswered?.(clock.now() - begun, false);
      const pause = retryPausesMs[tries];
      if (!(error instanceof DestinationError)) throw unexpected(destination.name, error);
      if (error.kind !== 'unavailable' || pause === undefined) throw error;
      const wait = Math.max(pause * (0.5 + random.fraction() / 2), error.retryAfterMs ?? 0);
      if (clock.now() + wait > lastStart) throw error;
      await clock.sleep(wait, signal);
    }
  }
}

async function sendOnce(destination: Destination, delivery: Delivery, signal: AbortSignal): Promise<readonly Word[]> {
  const words = await destination.deliver(delivery, signal);
  if (words.length === delivery.records.length) return words;
  // Counting a record as delivered without its own word would lose it silently.
  throw new DestinationError(
    `Destination ${destination.name} gave ${words.length} words for ${delivery.records.length} records; report this as a defect.`,
    { kind: 'unavailable' },
  );
}

/** A defect in one destination must not keep the records from the others. */
const unexpected = (name: string, cause: unknown): DestinationError =>
  new DestinationError(`Destination ${name} failed in a way it should not; report this as a defect.`, {
    kind: 'unavailable',
    cause,
  });
