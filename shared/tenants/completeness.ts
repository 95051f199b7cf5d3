import { type ContentType, contentTypes } from '../activity-api/content-types.ts';
import { type Hour, hourOf } from '../activity-api/hours.ts';
import { forEachLimited } from '../for-each-limited.ts';
import { shownGaps } from '../pipeline/feed-stops.ts';
import { noSums, sumsOf } from '../pipeline/hour-sums.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { FeedId } from '../state/feed-key.ts';
import type { Gap } from '../state/feeds.ts';
import type { HourSums, ListedHour } from '../state/hours.ts';
import type { Tenant } from '../state/tenants.ts';

/** What became of the contents that were listed in one hour of one feed. */
export interface HourAccount {
  readonly hour: Hour;
  readonly contents: {
    readonly listed: number;
    readonly delivered: number;
    readonly parked: number;
    readonly lost: number;
    /** Queued or waiting. */
    readonly pending: number;
  };
  readonly records: HourSums['records'];
  /** Why contents are lost, if any are. */
  readonly lostReasons?: readonly { readonly reason: string; readonly contents: number }[];
}

/** What is known of one feed between two moments, hour by hour. Hours that were never listed are missing. */
export interface FeedAccount {
  readonly contentType: ContentType;
  readonly hours: readonly HourAccount[];
  /** Gaps that reach into the span, whole. */
  readonly gaps: readonly Gap[];
}

const hoursAtOnce = 8;
const dayMs = 86_400_000;

/**
 * The account of every feed that a tenant has or had. Closed hours are read from their sums, open ones from the ledger.
 * @param span from inclusive, to exclusive, milliseconds since the epoch: every hour that it touches
 * @throws StorageError
 */
export async function accountOf(
  pipeline: Pipeline,
  tenant: Tenant,
  span: { readonly from: number; readonly to: number },
): Promise<FeedAccount[]> {
  const kept = clamped(span, pipeline);
  const now = pipeline.clock.now();
  const gaps = new Map(
    (await pipeline.feeds.ofTenant(tenant.tenantId)).map(({ value }) => [value.contentType, shownGaps(value, now)]),
  );
  const wanted = contentTypes.filter((type) => tenant.contentTypes.includes(type) || gaps.has(type));
  return Promise.all(
    wanted.map(async (contentType) => ({
      contentType,
      hours: await hoursOf(pipeline, { tenantId: tenant.tenantId, contentType }, kept),
      gaps: (gaps.get(contentType) ?? []).filter((gap) => gap.from < span.to && gap.to > span.from),
    })),
  );
}

/** No hour is kept for longer than the retention and the month that it lies in; none is listed before it begins. */
const clamped = (span: { from: number; to: number }, { clock, retentionDays }: Pipeline) => ({
  from: Math.max(span.from, clock.now() - (retentionDays + 31) * dayMs),
  to: Math.min(span.to, clock.now() + dayMs),
});

async function hoursOf(
  pipeline: Pipeline,
  feed: FeedId,
  { from, to }: { from: number; to: number },
): Promise<HourAccount[]> {
  if (from >= to) return [];
  const rows = await pipeline.hours.between(feed, hourOf(from), hourOf(to - 1));
  const accounts = new Map<Hour, HourAccount>();
  await forEachLimited(rows, hoursAtOnce, async ({ value }) => {
    accounts.set(value.hour, await hourAccount(pipeline, feed, value));
  });
  return rows.flatMap(({ value }) => accounts.get(value.hour) ?? []);
}

async function hourAccount({ ledger }: Pipeline, feed: FeedId, { hour, sums }: ListedHour): Promise<HourAccount> {
  const rows = sums === undefined || sums.contents.lost > 0 ? await ledger.hour(feed, hour) : undefined;
  const { contents, records } = sums ?? (rows ? sumsOf(rows) : noSums);
  const { queued: pending, delivered, parked, lost } = contents;
  const account = {
    hour,
    contents: { listed: pending + delivered + parked + lost, delivered, parked, lost, pending },
    records,
  };
  if (rows === undefined || lost === 0) return account;
  const lostOnes = rows.contents.filter(({ value }) => value.state === 'lost');
  const byReason = Map.groupBy(lostOnes, ({ value }) => value.reason ?? 'unknown');
  const lostReasons = [...byReason].map(([reason, list]) => ({ reason, contents: list.length }));
  return { ...account, lostReasons: lostReasons.toSorted((a, b) => b.contents - a.contents) };
}
