import { type Hour, hourMs, hourOf, monthOf, startOfHour } from '../activity-api/hours.ts';
import { flag, isoTime, number, optionalText, optionalTime } from './columns.ts';
import { feedKey, type FeedId } from './feed-key.ts';
import type { Stored } from './stored.ts';
import type { Row, StoredRow, Tables } from './table.ts';

/** Contents and records of one hour, derived from its ledger rows. */
export interface HourSums {
  readonly contents: {
    readonly queued: number;
    readonly delivered: number;
    readonly parked: number;
    readonly lost: number;
  };
  readonly records: { readonly delivered: number; readonly duplicates: number; readonly parked: number };
}

/** One hour of one feed: how far it was listed and whether anything in it is still open. */
export interface ListedHour {
  readonly hour: Hour;
  readonly listedAt: number | undefined;
  /** Contents that became available before this moment were in the last listing. */
  readonly listedTo: number | undefined;
  /** Hash of the last listing; absent while its contents may not all be in the ledger and in the queue. */
  readonly hash: string | undefined;
  readonly open: boolean;
  /** Set when the hour was closed. */
  readonly sums: HourSums | undefined;
}

const fromRow = ({ row, etag }: StoredRow): Stored<ListedHour> => ({
  etag,
  value: {
    hour: row.rowKey,
    listedAt: optionalTime(row, 'listedAt'),
    listedTo: optionalTime(row, 'listedTo'),
    hash: optionalText(row, 'hash'),
    open: flag(row, 'open'),
    sums: flag(row, 'open')
      ? undefined
      : {
          contents: {
            queued: 0,
            delivered: number(row, 'contentsDelivered'),
            parked: number(row, 'contentsParked'),
            lost: number(row, 'contentsLost'),
          },
          records: {
            delivered: number(row, 'recordsDelivered'),
            duplicates: number(row, 'recordsDuplicate'),
            parked: number(row, 'recordsParked'),
          },
        },
  },
});

const toRow = (feed: FeedId, hour: ListedHour): Row => ({
  partitionKey: feedKey(feed),
  rowKey: hour.hour,
  listedAt: isoTime(hour.listedAt),
  listedTo: isoTime(hour.listedTo),
  hash: hour.hash,
  open: hour.open,
  contentsDelivered: hour.sums?.contents.delivered,
  contentsParked: hour.sums?.contents.parked,
  contentsLost: hour.sums?.contents.lost,
  recordsDelivered: hour.sums?.records.delivered,
  recordsDuplicate: hour.sums?.records.duplicates,
  recordsParked: hour.sums?.records.parked,
});

/** Tables `hours<yyyymm>`. Written by the lister only. */
export interface HourStore {
  get(feed: FeedId, hour: Hour): Promise<Stored<ListedHour> | undefined>;
  /** The feed's hours from `from` up to and including `to`, in order; those never listed are missing. */
  between(feed: FeedId, from: Hour, to: Hour): Promise<Stored<ListedHour>[]>;
  /** All hours of a feed that are kept. */
  all(feed: FeedId): Promise<Stored<ListedHour>[]>;
  /** @throws RowConflict */
  insert(feed: FeedId, hour: ListedHour): Promise<string>;
  /** @throws RowConflict */
  replace(feed: FeedId, hour: ListedHour, etag: string): Promise<string>;
}

/** No month is shorter than 28 days, so steps of that length pass over none. */
function monthsBetween(from: Hour, to: Hour): string[] {
  const months = new Set<string>();
  for (let at = startOfHour(from); at < startOfHour(to); at += 28 * 24 * hourMs) months.add(monthOf(hourOf(at)));
  return [...months.add(monthOf(to))];
}

export function createHourStore(tables: Tables): HourStore {
  const tableOf = (hour: Hour) => tables.table(`hours${monthOf(hour)}`);
  const span = async (feed: FeedId, tableName: string, from?: Hour, to?: Hour): Promise<Stored<ListedHour>[]> => {
    const query = {
      partitionKey: feedKey(feed),
      ...(from === undefined ? {} : { rowKeyFrom: from }),
      // '~' sorts after every character of an hour, which makes the upper bound inclusive.
      ...(to === undefined ? {} : { rowKeyBefore: `${to}~` }),
    };
    return (await Array.fromAsync(tables.table(tableName).query(query))).map(fromRow);
  };
  return {
    async get(feed, hour) {
      const stored = await tableOf(hour).get(feedKey(feed), hour);
      return stored && fromRow(stored);
    },
    async between(feed, from, to) {
      const months = monthsBetween(from, to);
      return (await Promise.all(months.map((month) => span(feed, `hours${month}`, from, to)))).flat();
    },
    async all(feed) {
      const names = await tables.names('hours');
      return (await Promise.all(names.map((name) => span(feed, name)))).flat();
    },
    insert: (feed, hour) => tableOf(hour.hour).insert(toRow(feed, hour)),
    replace: (feed, hour, etag) => tableOf(hour.hour).replace(toRow(feed, hour), etag),
  };
}
