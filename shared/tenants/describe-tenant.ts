import type { ContentType } from '../activity-api/content-types.ts';
import { addSums, noSums, sumsOf } from '../pipeline/hour-sums.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { type Feed, newFeed } from '../state/feeds.ts';
import type { HourSums } from '../state/hours.ts';
import { isSettled } from '../state/ledger-row.ts';
import type { Tenant } from '../state/tenants.ts';

/** Where one feed stands. Times are milliseconds since the epoch. */
export interface FeedDescription extends HourSums {
  readonly contentType: ContentType;
  readonly state: Feed['state'];
  readonly position: number | undefined;
  /** Now minus the older of the position and the creation of the oldest content not settled. */
  readonly lagSeconds: number | undefined;
  readonly lagReason: string | undefined;
  readonly gaps: Feed['gaps'];
}

/** Where every feed of a tenant stands, counted from its ledger and the sums of closed hours. @throws StorageError */
export async function describeFeeds(pipeline: Pipeline, tenant: Tenant): Promise<FeedDescription[]> {
  const feeds = new Map(
    (await pipeline.feeds.ofTenant(tenant.tenantId)).map(({ value }) => [value.contentType, value]),
  );
  return Promise.all(
    tenant.contentTypes.map((contentType) =>
      describeFeed(pipeline, tenant, feeds.get(contentType) ?? newFeed({ tenantId: tenant.tenantId, contentType })),
    ),
  );
}

async function describeFeed(pipeline: Pipeline, tenant: Tenant, feed: Feed): Promise<FeedDescription> {
  const hours = await pipeline.hours.all(feed);
  const closed = hours.map(({ value }) => value.sums ?? noSums);
  const openHours = hours.filter(({ value }) => value.open);
  const open = await Promise.all(openHours.map(({ value }) => pipeline.ledger.hour(feed, value.hour)));
  const sums = [...closed, ...open.map(sumsOf)].reduce(addSums, noSums);
  const unsettled = open.flatMap(({ contents }) => contents.filter(({ value }) => !isSettled(value.state)));
  const oldest = unsettled.toSorted((a, b) => a.value.created - b.value.created)[0]?.value;
  const behind = oldest === undefined ? feed.position : Math.min(oldest.created, feed.position ?? oldest.created);
  return {
    ...sums,
    contentType: feed.contentType,
    state: feed.state,
    position: feed.position,
    lagSeconds: behind === undefined ? undefined : Math.max(0, Math.round((pipeline.clock.now() - behind) / 1000)),
    lagReason: reasonOf(tenant, feed, oldest, pipeline.clock.now()),
    gaps: feed.gaps,
  };
}

/** Behind by more than this, a feed is not just between two cycles. */
const noticeableMs = 15 * 60_000;

function reasonOf(
  tenant: Tenant,
  { detail, position, state }: Feed,
  oldest: { created: number; lastError: string | undefined } | undefined,
  now: number,
): string | undefined {
  if (detail !== undefined) return detail;
  if (position !== undefined && position < now - noticeableMs && position < (oldest?.created ?? now)) {
    const listedTo =
      state === 'starting' ? 'It is not listed' : `It is listed up to ${new Date(position).toISOString()}`;
    return tenant.state === 'active'
      ? `${listedTo} ${state === 'starting' ? 'yet' : 'so far'}.`
      : `${listedTo}: the tenant is ${tenant.state}.`;
  }
  if (oldest === undefined) return undefined;
  const since = new Date(oldest.created).toISOString();
  return oldest.lastError === undefined
    ? `A content of ${since} is queued.`
    : `A content of ${since} is not delivered yet: ${oldest.lastError}`;
}
