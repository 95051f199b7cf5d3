import type { ListedContent } from '../activity-api/activity-api.ts';
import type { Deliverer, DestinationOutcome } from '../delivery/deliverer.ts';
import { DestinationError } from '../delivery/destination-error.ts';
import type { TenantAddress } from '../entra/clouds.ts';
import type { CutRecord } from '../records/cut-record.ts';
import { createOrdinalSet, type OrdinalSet } from '../records/ordinal-set.ts';
import { createRecentIds } from '../records/recent-ids.ts';
import { cutRecords } from '../records/record-stream.ts';
import type { BatchRepeats, SortedRecords } from '../repeats/repeats.ts';

/** A record over this size is parked by itself; its neighbours go on. */
export const largestRecordBytes = 4 * 1024 * 1024;

/** A record over the size that one may have. */
export interface TooLargeRecord {
  readonly ordinal: number;
  /** Where it begins in the content, bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** The beginning of its Id, fit for the ledger. */
  readonly id: string | undefined;
}

/** What became of the records of one content whose stream ended whole. */
export interface FetchedContent {
  /** How many it holds, whatever became of them. */
  readonly records: number;
  /** By name of the destinations that it was owed. */
  readonly destinations: ReadonlyMap<string, DestinationOutcome>;
  /** Records that any destination has taken from this content, now or in an earlier attempt. */
  readonly delivered: number;
  /** Repeats, inside the content and across: what a destination has from elsewhere, and none has taken from this content. */
  readonly duplicates: number;
  readonly tooLarge: readonly TooLargeRecord[];
  /** Records that name another organisation; they are delivered all the same. */
  readonly foreign: number;
}

/**
 * Fetches one content, cuts it and hands its records on as fast as the destinations take them.
 * @throws ActivityApiError, EntraError, RecordStreamError; records handed on before that stay sent
 */
export async function fetchContent(work: {
  readonly tenant: TenantAddress;
  readonly content: ListedContent;
  /** Begins the body: from the API, or from what was saved of it. */
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
  /** Destinations that the content has not reached yet. */
  readonly owed: readonly string[];
  /** Destinations that have it from an earlier attempt. */
  readonly had: readonly string[];
  readonly deliverer: Deliverer;
  readonly repeats: BatchRepeats;
}): Promise<FetchedContent> {
  const { tenant, content, open, deliverer, repeats } = work;
  const ids = createRecentIds();
  const tooLarge: TooLargeRecord[] = [];
  const dropped: Dropped = new Map();
  let records = 0;
  let duplicates = 0;
  let foreign = 0;
  const isNew = (record: CutRecord): boolean => {
    if (record.bytes === undefined) {
      const { ordinal, offset, length, id } = record;
      tooLarge.push({ ordinal, offset, length, id: id === undefined ? undefined : shortened(id) });
      return false;
    }
    // A repeat is safe to drop here: the content settles only when the first copy is acknowledged with all others.
    if (record.id !== undefined && record.creationTime !== undefined && ids.add(record.id)) {
      duplicates += 1;
      return false;
    }
    const organization = record.extra?.['OrganizationId'];
    if (organization !== undefined && organization.toLowerCase() !== tenant.tenantId) foreign += 1;
    return true;
  };
  try {
    const options = { maxRecordBytes: largestRecordBytes, keys: ['OrganizationId'] };
    for await (const cut of cutRecords(await open(), options)) {
      records += cut.length;
      const fresh = cut.filter(isNew);
      if (fresh.length > 0) await handOn(work, fresh, dropped);
    }
    const { byDestination } = await deliverer.finish(content.id, work.owed);
    const { delivered, missed } = await repeats.end(content.id);
    for (const [name, ordinals] of missed) for (const ordinal of ordinals) dropped.get(name)?.delete(ordinal);
    return {
      records,
      destinations: new Map([...byDestination].map(([name, one]) => [name, withMissed(name, one, missed.get(name))])),
      delivered: delivered.size,
      duplicates: duplicates + sizeOfAll([...dropped.values()], delivered),
      tooLarge,
      foreign,
    };
  } catch (error) {
    deliverer.abandon(content.id);
    repeats.abandon(content.id);
    throw error;
  }
}

/** By destination, the records that it has from elsewhere. */
type Dropped = Map<string, OrdinalSet>;

/** Offers each destination what it needs of these records. @param dropped takes the repeats */
async function handOn(
  { content, owed, had, deliverer, repeats }: Parameters<typeof fetchContent>[0],
  records: readonly CutRecord[],
  dropped: Dropped,
): Promise<void> {
  const out = deliverer.dropped();
  // What a destination that has dropped out is offered is forgotten at once, but counts as owed; a claim would stay.
  const sort = (name: string): Promise<Pick<SortedRecords, 'fresh' | 'repeats'>> =>
    out.has(name) ? Promise.resolve({ fresh: records, repeats: [] }) : repeats.sort(name, content.id, records);
  const sorted = await Promise.all(owed.map(sort));
  const recalled = await Promise.all(had.map((name) => repeats.recall(name, content.id, records)));
  const note = (name: string, ordinals: readonly number[]): void => {
    const set = dropped.get(name) ?? createOrdinalSet();
    dropped.set(name, set);
    for (const ordinal of ordinals) set.add(ordinal);
  };
  for (const [index, name] of owed.entries()) note(name, sorted[index]?.repeats ?? []);
  for (const [index, name] of had.entries()) note(name, recalled[index] ?? []);
  const needAll = owed.filter((_name, index) => sorted[index]?.fresh === records);
  const offers = needAll.length > 0 ? [deliverer.offer(content.id, records, needAll)] : [];
  for (const [index, name] of owed.entries()) {
    const fresh = sorted[index]?.fresh ?? [];
    if (fresh !== records && fresh.length > 0) offers.push(deliverer.offer(content.id, fresh, [name]));
  }
  await Promise.all(offers);
}

/** How many records are in any of these sets and not in the other one. */
const sizeOfAll = (sets: readonly OrdinalSet[], other: OrdinalSet): number =>
  sets.reduce((sum, set, index) => {
    const counted = [other, ...sets.slice(0, index)];
    return sum + set.sizeWithout({ has: (ordinal) => counted.some((one) => one.has(ordinal)) });
  }, 0);

/** A record dropped in favour of another content's copy, which then did not arrive, is owed still. */
const withMissed = (name: string, outcome: DestinationOutcome, missed: readonly number[] = []): DestinationOutcome =>
  missed.length === 0 || outcome.failed !== undefined
    ? outcome
    : {
        ...outcome,
        failed: new DestinationError(
          `Another content had ${missed.length} of these records on the way to destination ${name} and did not get them there; they are tried again.`,
          { kind: 'unavailable' },
        ),
      };

const shownIdLength = 200;

/**
 * The beginning of an Id, which may be megabytes long and hold half characters. It goes through bytes, which mend those,
 * and because a slice would keep the whole text in memory.
 */
const shortened = (id: string): string => Buffer.from(id.slice(0, shownIdLength)).toString();
