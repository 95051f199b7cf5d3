import type { ListedContent } from '../activity-api/activity-api.ts';
import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { endOfHour, type Hour, startOfHour } from '../activity-api/hours.ts';
import type { TenantAddress } from '../entra/clouds.ts';
import type { FeedId } from '../state/feed-key.ts';
import type { ListedHour } from '../state/hours.ts';
import type { LedgerContent } from '../state/ledger-row.ts';
import type { ContentChange } from '../state/ledger.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict, transactionLimit } from '../state/table.ts';
import { type DestinationHealth, recentDestinationHealth } from './destination-health.ts';
import { enqueue } from './enqueue.ts';
import { listingHash } from './listing-hash.ts';
import { parkMalformed } from './park-malformed.ts';
import type { Pipeline } from './pipeline.ts';
import { needsBody } from './saving.ts';

/** How often an hour is done again from the top when another lister came between. */
const mostRounds = 5;

/** How often a listing is begun again when its page token went stale. */
const mostListings = 3;

/** Reason of rows that were given up at off-boarding; when such a content is listed again, it is queued again. */
export const offBoarded = 'off-boarded';

/**
 * Lists one hour of one feed: whatever the ledger does not know yet is inserted and, by whoever inserted it, enqueued; if
 * no destination is up, it waits instead. That is true of what a listing named before it broke off, too.
 * @returns how many contents are open because of it, enqueued or waiting
 * @throws ActivityApiError, EntraError, StorageError, the signal's reason; the hour stays due and is listed again
 */
export async function listHour(
  pipeline: Pipeline,
  tenant: TenantAddress,
  feed: FeedId,
  hour: Hour,
  signal: AbortSignal,
): Promise<number> {
  const run = pipeline.random.token(12);
  for (let round = 1; ; round += 1) {
    try {
      return await listOnce(pipeline, tenant, feed, hour, run, signal);
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
    }
  }
}

async function listOnce(
  pipeline: Pipeline,
  tenant: TenantAddress,
  feed: FeedId,
  hour: Hour,
  run: string,
  signal: AbortSignal,
): Promise<number> {
  const { clock, hours, openHours } = pipeline;
  const before = await hours.get(feed, hour);
  const listedAt = clock.now();
  const listedTo = Math.min(endOfHour(hour), Math.floor(listedAt / 1000) * 1000);
  if (listedTo <= startOfHour(hour)) return 0;
  const window = { from: startOfHour(hour), to: listedTo };
  const { contents: listed, brokenOff } = await readListing(pipeline, tenant, feed, window, signal);
  const hash = listingHash(listed);

  if (before === undefined && listed.length === 0) {
    await hours.insert(feed, { hour, listedAt, listedTo, hash, open: false, sums: undefined });
    return 0;
  }
  if (before?.value.hash === hash) {
    if (brokenOff !== undefined) throw brokenOff.error;
    await hours.replace(feed, { ...before.value, listedAt, listedTo }, before.etag);
    return 0;
  }

  const contents = await parkMalformed(pipeline, feed, hour, listed);
  await openHours.touch(feed, hour);
  const opened: ListedHour = {
    hour,
    listedAt: before?.value.listedAt,
    listedTo: before?.value.listedTo,
    hash: undefined,
    open: true,
    sums: undefined,
  };
  const etag = before ? await hours.replace(feed, opened, before.etag) : await hours.insert(feed, opened);
  const listerDied = before !== undefined && before.value.hash === undefined;
  const taken = await takeIntoLedger(pipeline, feed, hour, contents, { run, listerDied });
  // The others wait in the ledger only, until Close finds a destination of theirs up.
  const toQueue = taken.filter(({ state }) => state === 'queued');
  for (const [attempt, sameAttempt] of Map.groupBy(toQueue, (content) => content.attempt)) {
    await enqueue(pipeline, feed, hour, sameAttempt, { attempt });
  }
  // With its hash in place and no time of listing, it is due again, and what is queued already is not queued once more.
  const listing = brokenOff === undefined ? { listedAt, listedTo } : { listedAt: undefined };
  await hours.replace(feed, { ...opened, ...listing, hash }, etag);
  if (brokenOff !== undefined) throw brokenOff.error;
  return taken.length;
}

/** What the API listed, and the error that kept it from listing the rest. */
interface Listing {
  readonly contents: readonly ListedContent[];
  readonly brokenOff: { readonly error: unknown } | undefined;
}

/** @throws as `listHour` if not even one content was listed */
async function readListing(
  { api }: Pipeline,
  tenant: TenantAddress,
  feed: FeedId,
  window: { from: number; to: number },
  signal: AbortSignal,
): Promise<Listing> {
  const byId = new Map<string, ListedContent>();
  for (let listing = 1; ; listing += 1) {
    try {
      for await (const page of api.listContents(tenant, feed.contentType, window, signal)) {
        for (const content of page) byId.set(content.id, content);
      }
      return { contents: [...byId.values()], brokenOff: undefined };
    } catch (error) {
      const stale = error instanceof ActivityApiError && error.kind === 'page-token-refused';
      if (stale && listing < mostListings) continue;
      if (byId.size === 0) throw error;
      return { contents: [...byId.values()], brokenOff: { error } };
    }
  }
}

/**
 * Inserts what is unknown. Two listers may do so at once: what one inserts, the other finds and leaves alone.
 * @returns the contents that this run took in, of which it must enqueue the queued ones
 */
async function takeIntoLedger(
  pipeline: Pipeline,
  feed: FeedId,
  hour: Hour,
  listed: readonly ListedContent[],
  { run, listerDied }: { run: string; listerDied: boolean },
): Promise<LedgerContent[]> {
  const { ledger, clock, destinations } = pipeline;
  const owed = destinations.map(({ name }) => name);
  const mine = new Map<string, LedgerContent>();
  const { someUp } = await recentDestinationHealth(pipeline);
  let known = await knownContents(pipeline, feed, hour);
  let unknown = listed.filter(({ id }) => !known.has(id));
  while (unknown.length > 0) {
    const now = clock.now();
    const rows = unknown
      .slice(0, transactionLimit)
      .map((content) => newContent(content, { state: stateFor(owed, someUp), owed, run, now }));
    try {
      await ledger.insert(feed, hour, rows);
      for (const row of rows) mine.set(row.id, row);
      unknown = unknown.slice(transactionLimit);
    } catch (error) {
      if (!(error instanceof RowConflict)) throw error;
      known = await knownContents(pipeline, feed, hour);
      unknown = unknown.filter(({ id }) => !known.has(id));
    }
  }

  for (const { value } of known.values()) {
    // A row with this run's mark was inserted by a transaction that was reported as failed, or in an earlier round. What a
    // lister that died left behind need not be in this listing: the API may hide for a while what it listed before.
    if (value.state === 'queued' && !value.taken && (value.run === run || listerDied)) mine.set(value.id, value);
  }
  for (const content of listed) {
    const { id } = content;
    const row = known.get(id);
    if (row === undefined) continue;
    const { value } = row;
    if (value.state === 'lost' && value.reason === offBoarded) {
      mine.set(id, await takeUpAgain(pipeline, feed, hour, row, { content, owed, run, someUp }));
    }
  }
  await ledger.replace(feed, hour, moved(listed, known));
  return [...mine.values()];
}

/** Contents that someone may still fetch and that are listed with another address now: the old one may be what is wrong. */
const moved = (listed: readonly ListedContent[], known: ReadonlyMap<string, Stored<LedgerContent>>): ContentChange[] =>
  listed.flatMap(({ id, uri }) => {
    const row = known.get(id);
    const hasMoved = row !== undefined && row.value.uri !== uri && needsBody(row.value);
    return hasMoved ? [{ value: { ...row.value, uri }, etag: row.etag }] : [];
  });

const stateFor = (owed: readonly string[], someUp: DestinationHealth['someUp']): 'queued' | 'waiting' =>
  someUp(owed) ? 'queued' : 'waiting';

async function knownContents(
  { ledger }: Pipeline,
  feed: FeedId,
  hour: Hour,
): Promise<Map<string, Stored<LedgerContent>>> {
  const { contents } = await ledger.hour(feed, hour);
  return new Map(contents.map((content) => [content.value.id, content]));
}

const newContent = (
  content: ListedContent,
  { state, owed, run, now }: { state: 'queued' | 'waiting'; owed: readonly string[]; run: string; now: number },
): LedgerContent => ({
  ...content,
  state,
  owed,
  attempt: 1,
  due: now,
  taken: false,
  failures: 0,
  deaths: 0,
  redrives: 0,
  hold: undefined,
  records: { delivered: 0, duplicates: 0, parked: 0 },
  reached: false,
  hasRecordRows: false,
  saved: false,
  reason: undefined,
  lastError: undefined,
  firstSeen: now,
  settledAt: undefined,
  run,
});

/** Begins anew with what was given up, under a higher attempt, so that old messages about it count no more. */
async function takeUpAgain(
  { ledger, clock }: Pipeline,
  feed: FeedId,
  hour: Hour,
  { value, etag }: Stored<LedgerContent>,
  how: {
    readonly content: ListedContent;
    readonly owed: readonly string[];
    readonly run: string;
    readonly someUp: DestinationHealth['someUp'];
  },
): Promise<LedgerContent> {
  const owed = value.owed.length > 0 ? value.owed : how.owed;
  const again: LedgerContent = {
    ...newContent(how.content, { state: stateFor(owed, how.someUp), owed, run: how.run, now: clock.now() }),
    attempt: value.attempt + 1,
    records: value.records,
    firstSeen: value.firstSeen,
  };
  await ledger.replace(feed, hour, [{ value: again, etag }]);
  return again;
}
