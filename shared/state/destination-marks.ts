import type { Clock } from '../clock.ts';
import { isoTime, number, optionalText, optionalTime, text, time } from './columns.ts';
import { createRecent } from './recent.ts';
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
  /** When it last took a record, as far as that was written down. */
  readonly takenAt: number | undefined;
  /** When Close last sent a batch as the probe. */
  readonly probeSentAt: number | undefined;
}

/** The destinations' rows in table `marks`: written when something changes, and while one that ever failed is well, at most twice a minute. */
export interface DestinationMarkStore {
  /** By name; a destination that never failed is missing. */
  all(): Promise<ReadonlyMap<string, Stored<DestinationMark>>>;
  /** As `all`, but what this process read within the last 5 s will do, unless it has written since. */
  recent(): Promise<ReadonlyMap<string, Stored<DestinationMark>>>;
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

/** @param clock for what is recent; without one everything is read anew */
export function createDestinationMarkStore(tables: Tables, clock?: Pick<Clock, 'now'>): DestinationMarkStore {
  const table = tables.table('marks');
  const lately = createRecent<ReadonlyMap<string, Stored<DestinationMark>>>(clock);
  const all = async (): Promise<ReadonlyMap<string, Stored<DestinationMark>>> => {
    const rows = await Array.fromAsync(table.query({ partitionKey }));
    return new Map(rows.map(({ row, etag }) => [row.rowKey, { value: fromRow(row), etag }]));
  };
  return {
    lastTaken: new Map(),
    all,
    recent: () => lately.get('all', all),
    async write(destination, mark, etag) {
      const row = toRow(destination, mark);
      try {
        return { value: mark, etag: await (etag === undefined ? table.insert(row) : table.replace(row, etag)) };
      } finally {
        lately.forget('all');
      }
    },
  };
}
