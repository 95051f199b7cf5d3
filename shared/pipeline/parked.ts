import { type ContentType, contentTypes } from '../activity-api/content-types.ts';
import type { Hour } from '../activity-api/hours.ts';
import type { FeedId } from '../state/feed-key.ts';
import type { LedgerContent, ParkedRecord } from '../state/ledger-row.ts';
import type { LedgerHour } from '../state/ledger.ts';
import type { OpenHour } from '../state/open-hours.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import { enqueue } from './enqueue.ts';
import type { Pipeline } from './pipeline.ts';

/** Something that is out of the way with a reason. Times are milliseconds since the epoch. */
export interface Parked {
  /** `null` for a malformed message, which belongs to nobody. */
  readonly tenantId: string | null;
  readonly contentType: ContentType | null;
  readonly contentId: string;
  /** Only for a single record; `null` where it has no `Id`. */
  readonly recordId?: string | null;
  readonly reason: string;
  readonly failures: number;
  readonly firstSeen: number;
  readonly lastError: string;
  /** `null` if it cannot be replayed. */
  readonly replayableUntil: number | null;
}

/** How often an hour is read again when the lister came between. */
const mostRounds = 5;

/** Which parked contents are meant; what is left out means all. */
export interface ParkedFilter {
  readonly tenantId?: string | undefined;
  readonly contentType?: ContentType | undefined;
  readonly contentIds?: readonly string[] | undefined;
}

/** Everything that is parked, from the hours that are open because of it. @throws StorageError */
export async function listParked(pipeline: Pipeline, filter: ParkedFilter = {}): Promise<Parked[]> {
  const parked = await malformedOnes(pipeline, filter);
  for (const { feed, hour } of await openHoursOf(pipeline, filter)) {
    const rows = await pipeline.ledger.hour(feed, hour);
    for (const { value } of rows.contents) {
      if (isParked(value, filter)) parked.push(...entriesOf(feed, value, recordsOf(rows, value)));
    }
  }
  return parked.toSorted((a, b) => a.firstSeen - b.firstSeen);
}

/**
 * Puts parked contents back into the queue, with no failures to their name.
 * @returns how many @throws StorageError; those replayed before it stay replayed
 */
export async function replayParked(pipeline: Pipeline, filter: ParkedFilter): Promise<number> {
  const { clock, ledger, log } = pipeline;
  let replayed = 0;
  for (const { feed, hour } of await openHoursOf(pipeline, filter)) {
    const rows = await ledger.hour(feed, hour);
    const now = clock.now();
    const again = rows.contents.filter(({ value }) => isParked(value, filter) && value.expires > now);
    if (again.length === 0) continue;
    await openHour(pipeline, feed, hour);
    for (const content of again) {
      if (await replayOne(pipeline, feed, hour, content, recordsOf(rows, content.value))) replayed += 1;
    }
  }
  log.info('parked-replayed', { replayed, tenantId: filter.tenantId, contentType: filter.contentType });
  return replayed;
}

async function openHour({ hours, openHours }: Pipeline, feed: FeedId, hour: Hour): Promise<void> {
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

async function replayOne(
  pipeline: Pipeline,
  feed: FeedId,
  hour: Hour,
  { value, etag }: Stored<LedgerContent>,
  records: readonly ParkedRecord[],
): Promise<boolean> {
  const attempt = value.attempt + 1;
  const queued: LedgerContent = {
    ...value,
    state: 'queued',
    // One that is parked only for its records owes them again to everyone: they are cut out of the whole content.
    owed: value.owed.length > 0 ? value.owed : pipeline.destinations.map(({ name }) => name),
    attempt,
    due: pipeline.clock.now(),
    failures: 0,
    deaths: 0,
    redrives: 0,
    reason: undefined,
    settledAt: undefined,
  };
  try {
    await pipeline.ledger.replace(feed, hour, [{ value: queued, etag }]);
  } catch (error) {
    if (error instanceof RowConflict) return false;
    throw error;
  }
  await pipeline.ledger.forgetParkedRecords(feed, hour, records);
  await enqueue(pipeline, feed, hour, [queued], { attempt });
  return true;
}

const isParked = (content: LedgerContent, { contentIds }: ParkedFilter): boolean =>
  content.state === 'parked' && (contentIds === undefined || contentIds.includes(content.id));

const recordsOf = ({ parkedRecords }: LedgerHour, content: LedgerContent): ParkedRecord[] =>
  parkedRecords.filter(({ contentId }) => contentId === content.id);

function entriesOf(feed: FeedId, content: LedgerContent, records: readonly ParkedRecord[]): Parked[] {
  const common = {
    tenantId: feed.tenantId,
    contentType: feed.contentType,
    contentId: content.id,
    failures: content.failures,
    replayableUntil: content.expires,
  };
  if (records.length === 0) {
    const reason = content.reason ?? 'unknown';
    return [{ ...common, reason, firstSeen: content.firstSeen, lastError: content.lastError ?? reason }];
  }
  return records.map((record) => ({
    ...common,
    recordId: record.recordId ?? null,
    reason: record.reason,
    firstSeen: record.firstSeen,
    lastError: record.reason,
  }));
}

async function malformedOnes({ malformed }: Pipeline, filter: ParkedFilter): Promise<Parked[]> {
  if (filter.tenantId !== undefined || filter.contentType !== undefined) return [];
  const { contentIds } = filter;
  const wanted = (await malformed.all()).filter(({ id }) => contentIds === undefined || contentIds.includes(id));
  return wanted.map((message) => ({
    tenantId: null,
    contentType: null,
    contentId: message.id,
    reason: `${message.reason} Its text: ${message.text.slice(0, 300)}`,
    failures: 0,
    firstSeen: message.firstSeen,
    lastError: message.reason,
    replayableUntil: null,
  }));
}

/** Parked contents keep their hour open, so the index of open hours finds them all. */
async function openHoursOf({ openHours }: Pipeline, filter: ParkedFilter): Promise<OpenHour[]> {
  const wanted = filter.contentType === undefined ? contentTypes : [filter.contentType];
  const { tenantId } = filter;
  if (tenantId === undefined) {
    return (await openHours.all()).filter(({ feed }) => wanted.includes(feed.contentType));
  }
  return (await Promise.all(wanted.map((contentType) => openHours.ofFeed({ tenantId, contentType })))).flat();
}
