import { type BatchWork, batchFields } from './batch-work.ts';
import { type Fate, ledgerText } from './fate.ts';
import type { FetchedContent } from './fetch-content.ts';
import type { RowChange } from './held-rows.ts';
import { markCredentialFailing, markSilent, markThrottled } from './marking.ts';
import { type PutBack, putBack } from './put-back.ts';
import { afterFailure, afterGivingUp, mostFailures, reached } from './settling.ts';

/** How each content of a batch came out of the attempt. A content in neither map was never begun. */
export interface BatchResults {
  readonly fetched: ReadonlyMap<string, FetchedContent>;
  readonly fates: ReadonlyMap<string, Fate>;
}

/**
 * Gives up, counts and puts back what was not carried through, and tells other workers what they should know.
 * @throws StorageError
 */
export async function finishBatch(work: BatchWork, { fetched, fates }: BatchResults): Promise<void> {
  const { pipeline, batch, by, rows, contents } = work;
  const { clock, log } = pipeline;
  for (const [contentId, { kind, reason }] of fates) {
    log.warn('content-not-forwarded', { ...batchFields(batch), contentId, fate: kind, error: reason });
  }
  const pauseMs = await tellOthers(work, { fetched, fates });
  const changes: RowChange[] = [];
  const back: PutBack[] = [];
  for (const content of contents) {
    const at = { by, now: clock.now() };
    const fate = fates.get(content.id);
    if (fate?.kind === 'lost' || fate?.kind === 'park') {
      changes.push(afterGivingUp(content.id, fate.kind === 'lost' ? 'lost' : 'parked', fate.reason, at));
    } else if (fate?.kind === 'failed') {
      const failures = content.failures + 1;
      changes.push(afterFailure(content.id, failures, fate.reason, at));
      if (failures < mostFailures) back.push({ content, reason: fate.reason, alone: true });
    } else if (fate !== undefined) {
      const retryAfterMs = Math.max(fate.retryAfterMs ?? 0, pauseMs);
      back.push({ content, reason: fate.reason, retryAfterMs, alone: fate.alone === true });
    } else if (rows.get(content.id)?.state === 'queued') {
      back.push({ content, ...whyStillOwed(content.owed, fetched.get(content.id)) });
    }
  }
  await rows.write(changes);
  await putBack(pipeline, { feed: batch, hour: batch.hour, by, rows }, back, batch.attempt);
}

/** Why a content that was fetched whole is still owed to someone; nothing if it was never begun. */
function whyStillOwed(
  owed: readonly string[],
  fetched: FetchedContent | undefined,
): { reason: string | undefined; retryAfterMs?: number } {
  if (fetched === undefined) return { reason: undefined };
  const missed = owed.filter((name) => !reached(fetched, name)).map((name) => fetched.destinations.get(name));
  const sentences = missed.map((one) => one?.failed?.message ?? one?.refused[0]?.answer ?? '');
  return {
    reason: ledgerText(sentences.join(' ').trim()) || undefined,
    retryAfterMs: Math.max(0, ...missed.map((one) => one?.failed?.retryAfterMs ?? 0)),
  };
}

/** @returns how long the tenant should be left alone, milliseconds */
async function tellOthers({ pipeline, tenant }: BatchWork, { fetched, fates }: BatchResults): Promise<number> {
  const all = [...fates.values()];
  const now = pipeline.clock.now();
  const throttled = all.find((fate) => fate.throttled)?.throttled;
  if (throttled) return (await markThrottled(pipeline, tenant.tenantId, throttled)) - now;
  const credential = all.find((fate) => fate.credential)?.credential;
  if (credential) return (await markCredentialFailing(pipeline, credential)) - now;
  // A tenant whose API hangs must not hold the workers.
  const allSilent = all.length > 0 && fetched.size === 0 && all.every((fate) => fate.silent === true);
  return allSilent ? (await markSilent(pipeline, tenant.tenantId)) - now : 0;
}
