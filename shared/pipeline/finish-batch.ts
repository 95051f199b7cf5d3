import type { DestinationError } from '../delivery/destination-error.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import { batchFields, type Forwarding } from './batch-work.ts';
import { type Fate, ledgerText } from './fate.ts';
import type { FetchedContent } from './fetch-content.ts';
import { letGo, type RowChange } from './held-rows.ts';
import { markCredentialFailing, markSilent, markThrottled } from './marking.ts';
import { type PutBack, putBack } from './put-back.ts';
import { targetsOf } from './record-rows.ts';
import { mustBeSaved, savedPlace } from './saving.ts';
import { afterFailure, afterGivingUp, afterWaiting, mostFailures, reached } from './settling.ts';

/** How each content of a batch came out of the attempt. A content in neither map was never begun, or only sent records. */
export interface BatchResults {
  readonly fetched: ReadonlyMap<string, FetchedContent>;
  readonly fates: ReadonlyMap<string, Fate>;
  /** Destinations that dropped out. */
  readonly dropped: ReadonlyMap<string, DestinationError>;
}

/** A message is seen a little later than its delay says, rather than earlier. */
const slackMs = 1_000;

/**
 * Gives up, counts, lets wait and puts back what was not carried through, and tells other workers what they should know.
 * @param results.probes by destination when this batch's worker is to ask it again: one content goes back for each
 * @throws StorageError
 */
export async function finishBatch(
  work: Forwarding,
  contents: readonly LedgerContent[],
  results: BatchResults & { readonly probes: ReadonlyMap<string, number> },
): Promise<void> {
  const { pipeline, batch, by, rows } = work;
  const { clock, log } = pipeline;
  const { fetched, fates } = results;
  for (const [contentId, { kind, reason }] of fates) {
    log.warn('content-not-forwarded', { ...batchFields(batch), contentId, fate: kind, error: reason });
  }
  const pauseMs = await tellOthers(work, results);
  const probing = probingContents(work, contents, results);
  const changes: RowChange[] = [];
  const back: PutBack[] = [];
  for (const content of contents) {
    const { id } = content;
    const at = { by, now: clock.now() };
    const fate = fates.get(id);
    const row = rows.get(id);
    if (isSettled(content.state)) {
      // It came only to be saved.
      changes.push({ contentId: id, to: (now) => letGo(now, by) });
    } else if (fate?.kind === 'lost' || fate?.kind === 'park') {
      changes.push(afterGivingUp(id, fate.kind === 'lost' ? 'lost' : 'parked', fate.reason, at));
    } else if (fate?.kind === 'failed') {
      const failures = content.failures + 1;
      // The copy may be what is broken, and afterwards the row does not tell of it any more.
      if (row?.saved === true && row.expires > at.now) await pipeline.saved.forgetContent(savedPlace(work, id));
      changes.push(afterFailure(id, failures, fate.reason, at));
      if (failures < mostFailures) back.push({ content, reason: fate.reason, alone: true });
    } else if (fate !== undefined) {
      const retryAfterMs = Math.max(fate.retryAfterMs ?? 0, pauseMs);
      back.push({ content, reason: fate.reason, retryAfterMs, alone: fate.alone === true });
    } else if (row !== undefined && !isSettled(row.state)) {
      const why = whyStillOwed(content.owed, fetched.get(id));
      const probeAt = probing.get(id);
      if (probeAt !== undefined) {
        back.push({ content, reason: why.reason, alone: true, delayMs: probeAt - at.now + slackMs });
      } else if (!waits(work, row)) back.push({ content, ...why, alone: refusing(work, fetched, id).size > 0 });
      else if (row.state !== 'waiting') changes.push(afterWaiting(id, why.reason, by));
    } else {
      // Settled by another worker after we took it: nobody else lets go of our hold.
      changes.push({ contentId: id, to: (now) => letGo(now, by) });
    }
  }
  await rows.write(changes);
  await putBack(pipeline, { feed: batch, hour: batch.hour, by, rows }, back, batch.attempt);
}

/** Where a content is still to go, itself or a replayed record of it. */
function targetsLeft({ pipeline, rows }: Forwarding, row: LedgerContent): string[] {
  const configured = new Set(pipeline.destinations.map(({ name }) => name));
  return targetsOf(row, rows.records(row.id), configured);
}

/** Whether all that a content is still owed to are down. What must be saved has a message until it is. */
function waits(work: Forwarding, row: LedgerContent): boolean {
  const targets = targetsLeft(work, row);
  return targets.length > 0 && targets.every(work.health.isDown) && !mustBeSaved(row, work.pipeline.clock.now());
}

/**
 * The one content that goes back as the probe of each destination that is ours to ask again, and when. One that the
 * destination may refuse for its own sake would prove nothing.
 */
function probingContents(
  work: Forwarding,
  contents: readonly LedgerContent[],
  { fetched, fates, probes }: BatchResults & { readonly probes: ReadonlyMap<string, number> },
): Map<string, number> {
  const chosen = new Map<string, number>();
  for (const [name, at] of probes) {
    const content = contents.find(({ id }) => {
      const row = work.rows.get(id);
      if (row === undefined || isSettled(row.state) || fates.has(id)) return false;
      return !refusing(work, fetched, id).has(name) && targetsLeft(work, row).includes(name);
    });
    if (content) chosen.set(content.id, Math.min(at, chosen.get(content.id) ?? Infinity));
  }
  return chosen;
}

/** Destinations that refused records of a content: it must not take its neighbours down with it. */
function refusing({ rows }: Forwarding, fetched: BatchResults['fetched'], id: string): Set<string | undefined> {
  const now = [...(fetched.get(id)?.destinations ?? [])].filter(([, { suspected }]) => suspected.length > 0);
  const before = rows.records(id).filter(({ state }) => state === 'refused');
  return new Set([...now.map(([name]) => name), ...before.map(({ destination }) => destination)]);
}

/** Why a content that was fetched whole is still owed to someone; nothing if it was never begun. */
function whyStillOwed(
  owed: readonly string[],
  fetched: FetchedContent | undefined,
): { reason: string | undefined; retryAfterMs?: number } {
  if (fetched === undefined) return { reason: undefined };
  const missed = owed.filter((name) => !reached(fetched, name)).map((name) => fetched.destinations.get(name)?.failed);
  const sentences = missed.map((error) => error?.message ?? '');
  return {
    reason: ledgerText(sentences.join(' ').trim()) || undefined,
    retryAfterMs: Math.max(0, ...missed.map((error) => error?.retryAfterMs ?? 0)),
  };
}

/** @returns how long the tenant should be left alone, milliseconds */
async function tellOthers({ pipeline, tenant }: Forwarding, { fetched, fates }: BatchResults): Promise<number> {
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
