import type { ContentType } from '../activity-api/content-types.ts';
import { isoTime, optionalTime, time } from './columns.ts';
import type { FeedId } from './feed-key.ts';
import { type Feed, printGaps, readGaps, printStops, readStops } from './feeds.ts';
import type { Row, Tables } from './table.ts';

/** What has to be known of a feed whose tenant left, in case it is added again: which time of it is lost. */
export interface LeftFeed extends FeedId, Pick<Feed, 'position' | 'gaps' | 'stops'> {
  /** Milliseconds since the epoch. */
  readonly leftAt: number;
}

const fromRow = (row: Row): LeftFeed => ({
  tenantId: row.partitionKey,
  contentType: row.rowKey as ContentType,
  position: optionalTime(row, 'position'),
  gaps: readGaps(row),
  stops: readStops(row),
  leftAt: time(row, 'leftAt'),
});

/** Table `left`: feeds whose tenants left, by tenant and content type. Written by the lister only. All throw StorageError. */
export interface LeftFeedStore {
  get(feed: FeedId): Promise<LeftFeed | undefined>;
  all(): Promise<LeftFeed[]>;
  put(left: LeftFeed): Promise<void>;
  remove(feed: FeedId): Promise<void>;
}

export function createLeftFeedStore(tables: Tables): LeftFeedStore {
  const table = tables.table('left');
  return {
    async get({ tenantId, contentType }) {
      const stored = await table.get(tenantId, contentType);
      return stored && fromRow(stored.row);
    },
    async all() {
      return (await Array.fromAsync(table.query({}))).map(({ row }) => fromRow(row));
    },
    async put({ tenantId, contentType, position, gaps, stops, leftAt }) {
      await table.put({
        partitionKey: tenantId,
        rowKey: contentType,
        position: isoTime(position),
        gaps: printGaps(gaps),
        stops: printStops(stops),
        leftAt: isoTime(leftAt),
      });
    },
    remove: ({ tenantId, contentType }) => table.remove(tenantId, contentType),
  };
}
