import type { Random } from '../random.ts';

const leastMs = 10_000;
const mostMs = 15 * 60_000;

/**
 * How long a content that is put back stays invisible, milliseconds: 10 s doubling to 15 min with full jitter,
 * `Retry-After` if that is longer, but at most a quarter of the time that is left until it expires, and never under 10 s.
 * @param attempt of the message that is put back, from 1
 * @param leftMs time until the content expires
 */
export function putBackDelayMs(
  random: Random,
  { attempt, leftMs, retryAfterMs = 0 }: { attempt: number; leftMs: number; retryAfterMs?: number | undefined },
): number {
  const ceiling = Math.min(mostMs, leastMs * 2 ** Math.min(attempt - 1, 20));
  const jittered = random.fraction() * ceiling;
  return Math.max(leastMs, Math.min(Math.max(jittered, retryAfterMs), leftMs / 4));
}
