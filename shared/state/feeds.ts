import type { ContentType } from '../activity-api/content-types.ts';
import type { Hour } from '../activity-api/hours.ts';
import { flag, isoTime, list, number, optionalText, optionalTime, text } from './columns.ts';
import type { FeedId } from './feed-key.ts';
import type { Stored } from './stored.ts';
import type { Row, StoredRow, Tables } from './table.ts';

export type FeedState = 'starting' | 'active' | 'permission-missing' | 'disabled' | 'stopped';

/** A span that could not be listed in time; times in milliseconds since the epoch. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/**
 * A span in which Microsoft had, or may have had, no subscription of a feed: what became available in it is never given.
 * Without `to` it goes on.
 */
export type Stop = Omit<Gap, 'to'> & { readonly to?: number | undefined };

/** Records that were delivered of the contents of one day (UTC), as far as its 24 hours are closed. */
export interface DayRecords {
  /** As in `2026-11-22`. */
  readonly day: string;
  readonly byHour: readonly number[];
}

/** One content type of one tenant: its subscription, its listing position and its health. */
export interface Feed extends FeedId {
  readonly state: FeedState;
  /** Why it is not active, as a sentence for a person. */
  readonly detail: string | undefined;
  /** When a subscription start was last sent; written before the request. */
  readonly startedAt: number | undefined;
  /** Whether that start was answered, however (unknown counts as answered). */
  readonly startAnswered: boolean;
  /** Not tried again before this time: Microsoft refused the content type, or could not say what is subscribed. */
  readonly retryAt: number | undefined;
  /** Every hour is listed to its end up to here, or was out of reach before the feed was new. */
  readonly position: number | undefined;
  /** When the lister last looked at the feed; the one that waited longest comes first. */
  readonly visitedAt: number | undefined;
  /** When an older hour is next due to be listed again. */
  readonly sweepDueAt: number | undefined;
  /** The hour that the next sweep begins at, after failures or want of time broke the last one off. */
  readonly sweepFrom: Hour | undefined;
  /** Contents not settled, as counted by the last Close plus what was listed since. */
  readonly openContents: number;
  /** What its hours tell; a listing in time takes them back. */
  readonly gaps: readonly Gap[];
  /** The oldest first; nothing takes them back. Only the last may go on. */
  readonly stops: readonly Stop[];
  /** Of the day on which the lister last looked at the feed: what a list of many tenants shows without reading hours. */
  readonly delivered?: DayRecords | undefined;
}

/** A feed that has not been looked at yet. */
export const newFeed = (id: FeedId): Feed => ({
  tenantId: id.tenantId,
  contentType: id.contentType,
  state: 'starting',
  detail: undefined,
  startedAt: undefined,
  startAnswered: false,
  retryAt: undefined,
  position: undefined,
  visitedAt: undefined,
  sweepDueAt: undefined,
  sweepFrom: undefined,
  openContents: 0,
  gaps: [],
  stops: [],
});

function deliveredFrom(row: Row): DayRecords | undefined {
  const day = optionalText(row, 'deliveredDay');
  return day === undefined ? undefined : { day, byHour: list(row, 'deliveredByHour').map(Number) };
}

const fromRow = ({ row, etag }: StoredRow): Stored<Feed> => ({
  etag,
  value: {
    tenantId: row.partitionKey,
    contentType: row.rowKey as ContentType,
    state: text(row, 'state') as FeedState,
    detail: optionalText(row, 'detail'),
    startedAt: optionalTime(row, 'startedAt'),
    startAnswered: flag(row, 'startAnswered'),
    retryAt: optionalTime(row, 'retryAt'),
    position: optionalTime(row, 'position'),
    visitedAt: optionalTime(row, 'visitedAt'),
    sweepDueAt: optionalTime(row, 'sweepDueAt'),
    sweepFrom: optionalText(row, 'sweepFrom'),
    openContents: number(row, 'openContents'),
    gaps: readGaps(row),
    stops: readStops(row),
    delivered: deliveredFrom(row),
  },
});

/** The gaps and the stops that a row holds ... */
export const readGaps = (row: Row): Gap[] => JSON.parse(optionalText(row, 'gaps') ?? '[]') as Gap[];
export const readStops = (row: Row): Stop[] => JSON.parse(optionalText(row, 'stops') ?? '[]') as Stop[];

const column = (list: readonly unknown[]): string | undefined => (list.length === 0 ? undefined : JSON.stringify(list));

/** ... and how it holds them. */
export const printGaps = (gaps: readonly Gap[]): string | undefined => column(gaps);
export const printStops = (stops: readonly Stop[]): string | undefined => column(stops);

const toRow = (feed: Feed): Row => ({
  partitionKey: feed.tenantId,
  rowKey: feed.contentType,
  state: feed.state,
  detail: feed.detail,
  startedAt: isoTime(feed.startedAt),
  startAnswered: feed.startAnswered,
  retryAt: isoTime(feed.retryAt),
  position: isoTime(feed.position),
  visitedAt: isoTime(feed.visitedAt),
  sweepDueAt: isoTime(feed.sweepDueAt),
  sweepFrom: feed.sweepFrom,
  openContents: feed.openContents,
  gaps: printGaps(feed.gaps),
  stops: printStops(feed.stops),
  deliveredDay: feed.delivered?.day,
  deliveredByHour: feed.delivered?.byHour.join(','),
});

/** Table `feeds`. Written by the lister and the HTTP functions only. */
export interface FeedStore {
  ofTenant(tenantId: string): Promise<Stored<Feed>[]>;
  all(): Promise<Stored<Feed>[]>;
  /** @throws RowConflict */
  insert(feed: Feed): Promise<string>;
  /** @throws RowConflict */
  replace(feed: Feed, etag: string): Promise<string>;
  /** @throws RowConflict if it changed since it was read */
  remove(feed: FeedId, etag: string): Promise<void>;
}

export function createFeedStore(tables: Tables): FeedStore {
  const table = tables.table('feeds');
  return {
    async ofTenant(tenantId) {
      return (await Array.fromAsync(table.query({ partitionKey: tenantId }))).map(fromRow);
    },
    async all() {
      return (await Array.fromAsync(table.query({}))).map(fromRow);
    },
    insert: (feed) => table.insert(toRow(feed)),
    replace: (feed, etag) => table.replace(toRow(feed), etag),
    remove: ({ tenantId, contentType }, etag) => table.remove(tenantId, contentType, etag),
  };
}
