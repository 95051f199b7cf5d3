import type { CutRecord } from '../../../shared/records/cut-record.ts';
import { createRepeats, type RepeatsOptions } from '../../../shared/repeats/create-repeats.ts';
import type { BatchRepeats, Repeats } from '../../../shared/repeats/repeats.ts';
import type { FeedId } from '../../../shared/state/feed-key.ts';
import { createSeenStore, type SeenStore } from '../../../shared/state/seen.ts';
import type { Tables } from '../../../shared/state/table.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { tenantId } from '../../support/test-pipeline.ts';

export const feed: FeedId = { tenantId, contentType: 'Audit.Exchange' };

export const someTime = '2026-11-22T10:00:00';

/** A record's GUID by number. */
export const guid = (number: number): string => `5b1c7d2e-8a4f-4c19-9e60-${String(number).padStart(12, '0')}`;

export const record = (
  ordinal: number,
  id: string | undefined,
  creationTime: string | undefined = someTime,
): CutRecord => ({
  ordinal,
  offset: 0,
  length: 2,
  bytes: Buffer.from('{}'),
  id,
  creationTime,
});

/** Records of one content with these numbers for Ids. */
export const records = (...numbers: readonly number[]): CutRecord[] =>
  numbers.map((number, ordinal) => record(ordinal, guid(number)));

/** Tells the batch that a destination has taken records. */
export const take = (
  batch: BatchRepeats,
  destination: string,
  contentId: string,
  list: readonly CutRecord[],
): Promise<void> =>
  batch.taken(
    destination,
    list.map(({ ordinal, id, creationTime }) => ({ contentId, ordinal, recordId: id ?? null, creationTime })),
  );

export interface Worker extends Repeats {
  /** What was asked of the table `seen`: `read <destination> <hour> <month>`, `keys` likewise, `write <destination> <hour>`. */
  readonly asked: string[];
}

/** The repeats of one process. */
export function createWorker(
  tables: Tables,
  clock: ManualClock,
  { seen = createSeenStore(tables), ...options }: Partial<RepeatsOptions> = {},
): Worker {
  const asked: string[] = [];
  const noted: SeenStore = {
    write(place, now, entries) {
      asked.push(`write ${place.destination} ${place.hour}`);
      return seen.write(place, now, entries);
    },
    read(place, month, from) {
      asked.push(`read ${place.destination} ${place.hour} ${month}`);
      return seen.read(place, month, from);
    },
    keys(place, month, from) {
      asked.push(`keys ${place.destination} ${place.hour} ${month}`);
      return seen.keys(place, month, from);
    },
  };
  return { asked, ...createRepeats({ seen: noted, clock, retentionDays: 30, ...options }) };
}

export function createWorld(start = '2026-11-22T10:30:00Z'): { tables: Tables; clock: ManualClock } {
  return { tables: createMemoryTables(), clock: createManualClock(Date.parse(start)) };
}
