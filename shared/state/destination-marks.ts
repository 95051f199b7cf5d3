import { isoTime, number, optionalText, optionalTime, text, time } from './columns.ts';
import type { Stored } from './stored.ts';
import type { Row, Tables } from './table.ts';

/** `came-up`: it works again, and what waits for it is not queued yet. */
export type DestinationStanding = 'down' | 'came-up' | 'up';

/** What all workers together know of a destination that has failed at least once. Times: milliseconds since the epoch. */
export interface DestinationMark {
  readonly standing: DestinationStanding;
  /** While it is down, nobody asks it before this; then one does, whoever moves this on. */
  readonly until: number;
  /** Since when it is down. */
  readonly since: number;
  /** Failures in a row, one a probe. */
  readonly times: number;
  /** What is wrong with it, in one sentence. */
  readonly reason: string | undefined;
  /** When it last came up by taking a record. */
  readonly takenAt: number | undefined;
  /** When Close last sent a batch as the probe. */
  readonly probeSentAt: number | undefined;
}

/** The destinations' rows in table `marks`: written only when something changes, never while all is well. */
export interface DestinationMarkStore {
  /** By name; a destination that never failed is missing. */
  all(): Promise<ReadonlyMap<string, Stored<DestinationMark>>>;
  /** @param etag of the row that is replaced, if there is one @throws RowConflict if another came first */
  write(destination: string, mark: DestinationMark, etag: string | undefined): Promise<Stored<DestinationMark>>;
  /** When each last took a record, as far as this process knows. */
  readonly lastTaken: Map<string, number>;
}

const partitionKey = 'destination';

const fromRow = (row: Row): DestinationMark => ({
  standing: text(row, 'standing') as DestinationStanding,
  until: time(row, 'until'),
  since: time(row, 'since'),
  times: number(row, 'times'),
  reason: optionalText(row, 'reason'),
  takenAt: optionalTime(row, 'takenAt'),
  probeSentAt: optionalTime(row, 'probeSentAt'),
});

const toRow = (destination: string, mark: DestinationMark): Row => ({
  partitionKey,
  rowKey: destination,
  standing: mark.standing,
  until: isoTime(mark.until),
  since: isoTime(mark.since),
  times: mark.times,
  reason: mark.reason,
  takenAt: isoTime(mark.takenAt),
  probeSentAt: isoTime(mark.probeSentAt),
});

export function createDestinationMarkStore(tables: Tables): DestinationMarkStore {
  const table = tables.table('marks');
  return {
    lastTaken: new Map(),
    async all() {
      const rows = await Array.fromAsync(table.query({ partitionKey }));
      return new Map(rows.map(({ row, etag }) => [row.rowKey, { value: fromRow(row), etag }]));
    },
    async write(destination, mark, etag) {
      const row = toRow(destination, mark);
      return { value: mark, etag: await (etag === undefined ? table.insert(row) : table.replace(row, etag)) };
    },
  };
}
