import { hourMs, isWithinReach } from '../activity-api/hours.ts';
import { forEachLimited } from '../for-each-limited.ts';
import type { FeedId } from '../state/feed-key.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import type { OpenHour } from '../state/open-hours.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict, transactionLimit } from '../state/table.ts';
import { enqueue } from './enqueue.ts';
import { sumsOf } from './hour-sums.ts';
import type { Pipeline } from './pipeline.ts';

const hoursAtOnce = 8;

/** A lister that began while an hour was within reach is surely done this long after. */
const slackMs = hourMs;

/** A row that is queued this long past its due has lost its message; the span doubles with each new message. */
const overdueMs = (content: LedgerContent): number => hourMs * 2 ** Math.min(content.redrives, 10);

/** Unsettled contents of the hours that were looked at, and what kept us from looking at the others. */
export interface ClosedHours {
  readonly counted: readonly { readonly feed: FeedId; readonly openContents: number }[];
  readonly failures: readonly unknown[];
}

/**
 * Looks at open hours, whether or not their tenants can still be listed: every row ends settled, and an hour with
 * nothing left to do is closed with its sums. An hour that fails is left for the next time, and the others go on.
 */
export async function closeHours(
  pipeline: Pipeline,
  open: readonly OpenHour[],
  signal: AbortSignal,
): Promise<ClosedHours> {
  const counted: { feed: FeedId; openContents: number }[] = [];
  const failures: unknown[] = [];
  await forEachLimited(open, hoursAtOnce, async (one) => {
    if (signal.aborted) return;
    try {
      counted.push({ feed: one.feed, openContents: await closeHour(pipeline, one) });
    } catch (error) {
      failures.push(error);
      pipeline.log.error('hour-not-closed', { ...one.feed, hour: one.hour, error: String(error) });
    }
  });
  return { counted, failures };
}

async function closeHour(pipeline: Pipeline, open: OpenHour): Promise<number> {
  const { feed, hour } = open;
  const row = await pipeline.hours.get(feed, hour);
  const now = pipeline.clock.now();
  const outOfReach = !isWithinReach(hour, now - slackMs);
  const rows = await pipeline.ledger.hour(feed, hour);
  const expired = rows.contents.filter((content) => hasExpired(content.value, now));
  const unsettled = rows.contents.filter((content) => !isSettled(content.value.state));
  try {
    if (row === undefined) {
      // The lister may be about to write it.
      if (outOfReach) await pipeline.openHours.remove(open);
    } else {
      await giveUp(pipeline, open, expired);
      await queueOverdue(pipeline, open, rows.contents);
      const parked = rows.contents.some(({ value }) => value.state === 'parked');
      const listed = row.value.hash !== undefined || outOfReach;
      if (unsettled.length === 0 && !parked && listed) {
        await pipeline.hours.replace(feed, { ...row.value, open: false, sums: sumsOf(rows) }, row.etag);
        await pipeline.openHours.remove(open);
      }
    }
  } catch (error) {
    // The lister or a worker came first: the hour is looked at again in the next round.
    if (!(error instanceof RowConflict)) throw error;
  }
  return unsettled.filter((content) => !expired.includes(content)).length;
}

/** Expired rows become lost; one that was delivered meanwhile has another etag and stays as it is. */
async function giveUp(
  { ledger, clock, log }: Pipeline,
  { feed, hour }: OpenHour,
  expired: readonly Stored<LedgerContent>[],
): Promise<void> {
  for (const contents of chunks(expired)) {
    const lost = contents.map(({ value, etag }) => ({ value: lostByExpiry(value, clock.now()), etag }));
    await ledger.replace(feed, hour, lost);
    log.error('contents-lost', { ...feed, hour, contents: contents.length, reason: 'expired' });
  }
}

async function queueOverdue(
  pipeline: Pipeline,
  { feed, hour }: OpenHour,
  rows: readonly Stored<LedgerContent>[],
): Promise<void> {
  const now = pipeline.clock.now();
  const overdue = rows.filter(({ value }) => !hasExpired(value, now) && isOverdue(value, now));
  for (const [attempt, sameAttempt] of Map.groupBy(overdue, ({ value }) => value.attempt)) {
    // Sent as soon as they are written, so that a conflict among the later ones costs these no time.
    for (const contents of chunks(sameAttempt)) {
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

/** Lists of as many rows as one transaction takes. */
const chunks = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / transactionLimit) }, (_none, index) =>
    list.slice(index * transactionLimit, (index + 1) * transactionLimit),
  );

const isHeld = (content: LedgerContent, now: number): boolean => content.hold !== undefined && content.hold.until > now;

const isOverdue = (content: LedgerContent, now: number): boolean =>
  content.state === 'queued' && !isHeld(content, now) && now >= content.due + overdueMs(content);

function hasExpired(content: LedgerContent, now: number): boolean {
  if (content.expires > now || isHeld(content, now)) return false;
  // Parked with nothing owed: only for its records, whose bytes we have.
  return !isSettled(content.state) || (content.state === 'parked' && content.owed.length > 0);
}

const lostByExpiry = (content: LedgerContent, now: number): LedgerContent => ({
  ...content,
  state: 'lost',
  hold: undefined,
  reason: `expired at ${new Date(content.expires).toISOString()} before it reached ${content.owed.join(' and ')}`,
  settledAt: now,
});
