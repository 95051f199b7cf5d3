import { hourMs, isWithinReach } from '../activity-api/hours.ts';
import { forEachLimited } from '../for-each-limited.ts';
import type { FeedId } from '../state/feed-key.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import type { OpenHour } from '../state/open-hours.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import { enqueue } from './enqueue.ts';
import { sumsOf } from './hour-sums.ts';
import type { Pipeline } from './pipeline.ts';

const hoursAtOnce = 8;

/** A row that is queued this long past its due has lost its message; the span doubles with each new message. */
const overdueMs = (content: LedgerContent): number => hourMs * 2 ** Math.min(content.redrives, 10);

/**
 * Looks at open hours, whether or not their tenants can still be listed: every row ends settled, and an hour with
 * nothing left to do is closed with its sums.
 * @returns contents not settled, by feed, for the feeds looked at
 * @throws StorageError; the hours not looked at come next time
 */
export async function closeHours(
  pipeline: Pipeline,
  open: readonly OpenHour[],
  signal: AbortSignal,
): Promise<{ feed: FeedId; openContents: number }[]> {
  const counted: { feed: FeedId; openContents: number }[] = [];
  await forEachLimited(open, hoursAtOnce, async (one) => {
    if (signal.aborted) return;
    try {
      counted.push({ feed: one.feed, openContents: await closeHour(pipeline, one) });
    } catch (error) {
      // The lister or a worker came first: the hour is looked at again in the next round.
      if (!(error instanceof RowConflict)) throw error;
    }
  });
  return counted;
}

async function closeHour(pipeline: Pipeline, open: OpenHour): Promise<number> {
  const { hours, ledger, openHours, clock, log } = pipeline;
  const { feed, hour } = open;
  const row = await hours.get(feed, hour);
  const now = clock.now();
  if (row === undefined) {
    // The lister may be about to write it.
    if (!isWithinReach(hour, now)) await openHours.remove(open);
    return 0;
  }
  const rows = await ledger.hour(feed, hour);

  const expired = rows.contents.filter((content) => hasExpired(content, rows.parkedRecords, now));
  if (expired.length > 0) {
    await ledger.replace(
      feed,
      hour,
      expired.map(({ value, etag }) => ({ value: lostByExpiry(value, now), etag })),
    );
    log.error('contents-lost', { ...feed, hour, contents: expired.length, reason: 'expired' });
  }

  const overdue = rows.contents.filter((content) => !expired.includes(content) && isOverdue(content.value, now));
  for (const [attempt, contents] of Map.groupBy(overdue, ({ value }) => value.attempt)) {
    await ledger.replace(
      feed,
      hour,
      contents.map(({ value, etag }) => ({ value: { ...value, due: now, redrives: value.redrives + 1 }, etag })),
    );
    await enqueue(
      pipeline,
      feed,
      hour,
      contents.map(({ value }) => value),
      { attempt },
    );
    log.warn('contents-queued-again', { ...feed, hour, contents: contents.length });
  }

  const unsettled = rows.contents.filter(({ value }) => !isSettled(value.state)).length;
  const parked = rows.contents.some(({ value }) => value.state === 'parked');
  const listed = row.value.hash !== undefined || !isWithinReach(hour, now);
  if (unsettled === 0 && !parked && expired.length === 0 && listed) {
    await hours.replace(feed, { ...row.value, open: false, sums: sumsOf(rows) }, row.etag);
    await openHours.remove(open);
  }
  return unsettled - expired.filter(({ value }) => !isSettled(value.state)).length;
}

const isHeld = (content: LedgerContent, now: number): boolean => content.hold !== undefined && content.hold.until > now;

const isOverdue = (content: LedgerContent, now: number): boolean =>
  content.state === 'queued' && !isHeld(content, now) && now >= content.due + overdueMs(content);

function hasExpired(
  { value }: Stored<LedgerContent>,
  parkedRecords: readonly { contentId: string }[],
  now: number,
): boolean {
  if (value.expires > now || isHeld(value, now) || value.state === 'delivered' || value.state === 'lost') return false;
  const parkedOnlyForRecords =
    value.state === 'parked' && parkedRecords.some(({ contentId }) => contentId === value.id);
  return !parkedOnlyForRecords;
}

const lostByExpiry = (content: LedgerContent, now: number): LedgerContent => ({
  ...content,
  state: 'lost',
  reason: `expired at ${new Date(content.expires).toISOString()} before it reached ${content.owed.join(' and ')}`,
  settledAt: now,
});
