import type { FeedDetail, TenantDetail } from './relay-api.ts';

/** What the simulator offered of one feed so far. */
export interface OfferedFeed {
  readonly tenantId: string;
  readonly contentType: string;
  readonly contents: number;
  readonly records: number;
}

/** What became of what was offered, of one feed or of all. */
export interface AccountRow {
  readonly customer: string;
  readonly contentType: string;
  readonly contents: {
    readonly offered: number;
    readonly queued: number;
    readonly delivered: number;
    readonly parked: number;
    readonly lost: number;
    /** Offered, and in none of the other columns: negative if more turned up than was offered. */
    readonly unaccounted: number;
  };
  readonly records: {
    readonly offered: number;
    readonly delivered: number;
    readonly duplicates: number;
    readonly parked: number;
    readonly unaccounted: number;
  };
}

/** Sets what was offered against what the app says became of it, feed by feed. */
export function createAccount(offered: readonly OfferedFeed[], tenants: readonly TenantDetail[]): AccountRow[] {
  const byId = new Map(tenants.map((tenant) => [tenant.tenantId, tenant]));
  return offered.map((feed) => {
    const tenant = byId.get(feed.tenantId);
    const found = tenant?.feeds.find(({ contentType }) => contentType === feed.contentType);
    return toRow(feed, tenant?.name ?? feed.tenantId, found);
  });
}

function toRow(offered: OfferedFeed, customer: string, feed: FeedDetail | undefined): AccountRow {
  const contents = feed?.contents ?? { queued: 0, delivered: 0, parked: 0, lost: 0 };
  const records = feed?.records ?? { delivered: 0, duplicates: 0, parked: 0 };
  const settled = contents.delivered + contents.parked + contents.lost;
  return {
    customer,
    contentType: offered.contentType,
    contents: { offered: offered.contents, ...contents, unaccounted: offered.contents - settled - contents.queued },
    records: {
      offered: offered.records,
      ...records,
      unaccounted: offered.records - records.delivered - records.duplicates - records.parked,
    },
  };
}

/** Nothing is under way: all that was offered is delivered, parked or lost. */
export const isSettled = (rows: readonly AccountRow[]): boolean =>
  rows.every(({ contents }) => contents.queued === 0 && contents.unaccounted === 0);

/** Nothing is unaccounted for, parked or lost. */
export const isClean = (rows: readonly AccountRow[]): boolean =>
  isSettled(rows) &&
  rows.every(
    ({ contents, records }) =>
      contents.parked === 0 && contents.lost === 0 && records.parked === 0 && records.unaccounted === 0,
  );

/** The sum of an account's rows. */
export const totalOf = (rows: readonly AccountRow[]): AccountRow => ({
  customer: 'Total',
  contentType: '',
  contents: {
    offered: sum(rows, (row) => row.contents.offered),
    queued: sum(rows, (row) => row.contents.queued),
    delivered: sum(rows, (row) => row.contents.delivered),
    parked: sum(rows, (row) => row.contents.parked),
    lost: sum(rows, (row) => row.contents.lost),
    unaccounted: sum(rows, (row) => row.contents.unaccounted),
  },
  records: {
    offered: sum(rows, (row) => row.records.offered),
    delivered: sum(rows, (row) => row.records.delivered),
    duplicates: sum(rows, (row) => row.records.duplicates),
    parked: sum(rows, (row) => row.records.parked),
    unaccounted: sum(rows, (row) => row.records.unaccounted),
  },
});

const sum = (rows: readonly AccountRow[], of: (row: AccountRow) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);
