import type { Hour } from '../activity-api/hours.ts';
import { feedKey, type FeedId, feedOfKey } from './feed-key.ts';
import type { StoredRow, Tables } from './table.ts';

/** A row of the index of hours that hold queued or parked contents. */
export interface OpenHour {
  readonly feed: FeedId;
  readonly hour: Hour;
  readonly etag: string;
}

const fromRow = ({ row, etag }: StoredRow): OpenHour => ({ feed: feedOfKey(row.partitionKey), hour: row.rowKey, etag });

/** Table `open`. A stale row is harmless; a missing one would not be, so it is written before the hour is opened. */
export interface OpenHourStore {
  touch(feed: FeedId, hour: Hour): Promise<void>;
  all(): Promise<OpenHour[]>;
  ofFeed(feed: FeedId): Promise<OpenHour[]>;
  /** @throws RowConflict if the hour was touched since it was read */
  remove(open: OpenHour): Promise<void>;
}

export function createOpenHourStore(tables: Tables): OpenHourStore {
  const table = tables.table('open');
  return {
    async touch(feed, hour) {
      await table.put({ partitionKey: feedKey(feed), rowKey: hour });
    },
    async all() {
      return (await Array.fromAsync(table.query({}))).map(fromRow);
    },
    async ofFeed(feed) {
      return (await Array.fromAsync(table.query({ partitionKey: feedKey(feed) }))).map(fromRow);
    },
    remove: (open) => table.remove(feedKey(open.feed), open.hour, open.etag),
  };
}
