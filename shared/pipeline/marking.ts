import type { ActivityApiError } from '../activity-api/activity-api-error.ts';
import type { EntraError } from '../entra/entra-error.ts';
import type { Pipeline } from './pipeline.ts';

const leastPauseMs = 2_000;
const mostPauseMs = 120_000;
const credentialPauseMs = 60_000;

/**
 * Writes down that the API throttles a tenant, for all workers to obey: as long as it asked for, else 2 s doubling to
 * 2 min with full jitter (its quota is counted by the minute).
 * @returns when the tenant may be asked again
 */
export async function markThrottled(
  { marks, clock, random }: Pick<Pipeline, 'marks' | 'clock' | 'random'>,
  tenantId: string,
  error: ActivityApiError,
): Promise<number> {
  const now = clock.now();
  const before = await marks.get('throttled', tenantId);
  // Of many that were throttled at the same moment one lengthens the pause.
  if (error.retryAfterMs === undefined && before !== undefined && before.until > now) return before.until;
  // A mark that ran out long ago starts the count again, and so does an answer that says how long to wait.
  const goesOn = error.retryAfterMs === undefined && before !== undefined && before.until > now - mostPauseMs;
  const times = goesOn ? before.times + 1 : 1;
  const pause = leastPauseMs + random.fraction() * Math.min(mostPauseMs, leastPauseMs * 2 ** Math.min(times, 10));
  const until = Math.max(now + (error.retryAfterMs ?? pause), before?.until ?? 0);
  await marks.set('throttled', tenantId, { until, times, reason: error.message });
  return until;
}

/** Writes down that our own credential fails, which concerns every tenant; said once a minute, not once a message. */
export async function markCredentialFailing(
  { marks, clock, log }: Pick<Pipeline, 'marks' | 'clock' | 'log'>,
  error: EntraError,
): Promise<number> {
  const now = clock.now();
  const { until, isOurs } = await marks.claim('credential', 'entra', {
    now,
    until: now + credentialPauseMs,
    reason: error.message,
  });
  if (isOurs) log.error('credential-failing', { code: error.code, error: error.message });
  return until;
}

const leastSilenceMs = 60_000;
const mostSilenceMs = 15 * 60_000;

/** Writes down that a tenant's API answered nothing at all: 1 min, doubling to 15. */
export async function markSilent(
  { marks, clock }: Pick<Pipeline, 'marks' | 'clock'>,
  tenantId: string,
): Promise<number> {
  const now = clock.now();
  const before = await marks.get('throttled', tenantId);
  // Batches that time out in the same outage are one silence.
  if (before !== undefined && before.until > now) return before.until;
  const times = before && before.until > now - mostSilenceMs ? before.times + 1 : 1;
  const until = now + Math.min(mostSilenceMs, leastSilenceMs * 2 ** Math.min(times - 1, 10));
  await marks.set('throttled', tenantId, { until, times, reason: 'The Activity API did not answer.' });
  return until;
}
