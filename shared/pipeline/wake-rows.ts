import { hourMs } from '../activity-api/hours.ts';
import { chunks } from '../chunks.ts';
import type { LedgerContent } from '../state/ledger-row.ts';
import type { LedgerHour } from '../state/ledger.ts';
import type { OpenHour } from '../state/open-hours.ts';
import type { Stored } from '../state/stored.ts';
import { transactionLimit } from '../state/table.ts';
import type { Closing } from './closing.ts';
import { enqueue } from './enqueue.ts';
import { isHeld, recordsOf } from './give-up.ts';
import { targetsOf } from './record-rows.ts';
import { mustBeSaved } from './saving.ts';
import { isStruckOff } from './settling.ts';
import { queueForSaving, queueWaiting } from './waiting.ts';

/** Longer than the queue keeps a message from others whose worker died (10 minutes), so that this one still comes first. */
const overdueMs = 15 * 60_000;

/** Where every hour counts, a message that may have got lost is not missed for longer. */
const mostSavingPauseMs = 4 * hourMs;

/**
 * Sends messages about contents that have none, as far as anyone can tell: queued ones long past their due, waiting ones
 * of which a destination is up, and what must be saved before it expires.
 * @throws StorageError; RowConflict if a row changed meanwhile
 */
export async function wakeRows(closing: Closing, open: OpenHour, rows: LedgerHour): Promise<void> {
  const { pipeline, health, configured } = closing;
  const { feed, hour } = open;
  const now = pipeline.clock.now();
  const free = rows.contents.filter(({ value }) => !isHeld(value, now));
  const expiring = free.filter(({ value }) => hasToBeSent(value, now));
  if (expiring.length > 0) {
    await queueForSaving(pipeline, feed, hour, expiring);
    pipeline.log.warn('contents-sent-to-be-saved', { ...feed, hour, contents: expiring.length });
  }
  const waiting = free
    .filter(({ value }) => value.state === 'waiting' && !hasToBeSent(value, now))
    .filter(({ value }) => {
      const targets = targetsOf(value, recordsOf(rows, value), configured);
      // One that is owed only to whom we do not know waits for those who do; later there is nobody to wait for.
      return targets.length > 0
        ? health.someUp(targets)
        : value.owed.every((name) => isStruckOff(name, value, configured, now));
    });
  const woken = waiting.slice(0, closing.mayQueue(feed, waiting.length));
  if (woken.length > 0) {
    await queueWaiting(pipeline, feed, hour, woken);
    pipeline.log.info('waiting-queued', { ...feed, hour, contents: woken.length });
  }
  await queueOverdue(
    closing,
    open,
    free.filter(({ value }) => value.state === 'queued' && now >= value.due + growing(overdueMs, value, now)),
  );
}

/** A queued one is saved by whoever gets its message; the others have none. */
function hasToBeSent(content: LedgerContent, now: number): boolean {
  if (!mustBeSaved(content, now)) return false;
  // Half of what is left, so that one that was parked in its last minutes gets its chance.
  const soonest = Math.min(growing(hourMs, content, now), (content.expires - content.due) / 2);
  return content.state === 'waiting' || (content.state === 'parked' && now >= content.due + soonest);
}

/**
 * How long after its due the message of a content counts as lost: `pauseMs`, doubled by each one that was sent again, so
 * that a queue that is days behind is not filled with copies.
 */
function growing(pauseMs: number, content: LedgerContent, now: number): number {
  const pause = pauseMs * 2 ** Math.min(content.redrives, 12);
  return mustBeSaved(content, now) ? Math.min(pause, mostSavingPauseMs) : pause;
}

async function queueOverdue(
  { pipeline }: Closing,
  { feed, hour }: OpenHour,
  overdue: readonly Stored<LedgerContent>[],
): Promise<void> {
  const now = pipeline.clock.now();
  for (const [attempt, sameAttempt] of Map.groupBy(overdue, ({ value }) => value.attempt)) {
    // Sent as soon as they are written, so that a conflict among the later ones costs these no time.
    for (const contents of chunks(sameAttempt, transactionLimit)) {
      const changes = contents.map(({ value, etag }) => ({
        value: { ...value, due: now, redrives: value.redrives + 1 },
        etag,
      }));
      await pipeline.ledger.replace(feed, hour, changes);
      const sent = contents.map(({ value }) => value);
      await enqueue(pipeline, feed, hour, sent, { attempt });
      pipeline.log.warn('contents-queued-again', { ...feed, hour, contents: contents.length });
    }
  }
}
