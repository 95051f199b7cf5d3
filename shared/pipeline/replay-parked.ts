import type { Hour } from '../activity-api/hours.ts';
import type { FeedId } from '../state/feed-key.ts';
import { isSettled, type LedgerContent, type ParkedRecord } from '../state/ledger-row.ts';
import type { LedgerHour } from '../state/ledger.ts';
import type { OpenHour } from '../state/open-hours.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import { type Actor, noteHistory } from '../tenants/note-history.ts';
import { enqueue } from './enqueue.ts';
import { isHeld, recordsOf } from './give-up.ts';
import { isMeant, isParkedWhole, isToBeHad, openHoursOf, type ParkedFilter, tenantsHere } from './parked.ts';
import type { Pipeline } from './pipeline.ts';

/** How often an hour is read again when the lister came between. */
const mostRounds = 5;

/** A content of which something goes back into the queue: itself if it is parked, and its parked records. */
interface Replay {
  readonly content: Stored<LedgerContent>;
  readonly records: readonly ParkedRecord[];
}

/**
 * Puts what is parked back into the queue: whole contents, with no failures to their name, and single records. What has
 * expired unsaved stays, and so do what a worker has in hand at the moment and what tenants left behind that are gone. The
 * history of each tenant tells of it.
 * @returns of how many contents @throws StorageError; those replayed before it stay replayed
 */
export async function replayParked(pipeline: Pipeline, filter: ParkedFilter, by: Actor): Promise<number> {
  const { ledger, log } = pipeline;
  const counts = new Map<string, number>();
  const here = await tenantsHere(pipeline);
  for (const open of await openHoursOf(pipeline, filter)) {
    if (!here.has(open.feed.tenantId)) continue;
    const replays = replaysIn(pipeline, await ledger.hour(open.feed, open.hour), filter);
    if (replays.length > 0) await reopenHour(pipeline, open.feed, open.hour);
    const { tenantId } = open.feed;
    for (const replay of replays) {
      if (await replayOne(pipeline, open, replay)) counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1);
    }
  }
  for (const [tenantId, count] of counts) {
    const what = `parked ${count === 1 ? 'content' : 'contents'}`;
    const where = filter.contentType === undefined ? '' : ` of ${filter.contentType}`;
    await noteHistory(pipeline, tenantId, `Replayed ${count} ${what}${where}.`, by);
  }
  const replayed = [...counts.values()].reduce((sum, count) => sum + count, 0);
  log.info('parked-replayed', { replayed, tenantId: filter.tenantId, contentType: filter.contentType });
  return replayed;
}

function replaysIn({ clock, destinations }: Pipeline, rows: LedgerHour, filter: ParkedFilter): Replay[] {
  const now = clock.now();
  const isConfigured = ({ destination }: ParkedRecord): boolean =>
    destination === undefined || destinations.some(({ name }) => name === destination);
  return rows.contents.flatMap((content) => {
    const { value } = content;
    if (!isMeant(filter, value.id) || isHeld(value, now)) return [];
    const isWhole = isParkedWhole(value);
    if (isWhole && !isToBeHad(value, now)) return [];
    const records = recordsOf(rows, value).filter((record) => record.state === 'parked' && isConfigured(record));
    return isWhole || records.length > 0 ? [{ content, records }] : [];
  });
}

/** Its row in `open` first: an open hour without one would never be looked at. */
async function reopenHour({ hours, openHours }: Pipeline, feed: FeedId, hour: Hour): Promise<void> {
  await openHours.touch(feed, hour);
  for (let round = 1; ; round += 1) {
    const row = await hours.get(feed, hour);
    if (row === undefined || row.value.open) return;
    try {
      await hours.replace(feed, { ...row.value, open: true, sums: undefined }, row.etag);
      return;
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
    }
  }
}

/** @returns whether it was for us to do: a worker, or somebody else's replay, may have come first */
async function replayOne(
  pipeline: Pipeline,
  { feed, hour }: OpenHour,
  { content: { value, etag }, records }: Replay,
): Promise<boolean> {
  const queued: LedgerContent = {
    ...value,
    state: 'queued',
    attempt: value.attempt + 1,
    due: pipeline.clock.now(),
    failures: 0,
    deaths: 0,
    redrives: 0,
    reason: undefined,
    // What goes on being owed keeps the error that it waits for.
    lastError: isSettled(value.state) ? undefined : value.lastError,
    settledAt: undefined,
  };
  const parkedRecords = records.map((record): ParkedRecord => ({ ...record, state: 'queued' }));
  try {
    await pipeline.ledger.replace(feed, hour, [{ value: queued, etag, parkedRecords }]);
  } catch (error) {
    if (error instanceof RowConflict) return false;
    throw error;
  }
  await enqueue(pipeline, feed, hour, [queued], { attempt: queued.attempt });
  return true;
}
