import { type ContentType, contentTypes } from '../activity-api/content-types.ts';
import { readDestinationHealth } from '../pipeline/destination-health.ts';
import { shownGaps } from '../pipeline/feed-stops.ts';
import { addSums, noSums, sumsOf } from '../pipeline/hour-sums.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { type Feed, newFeed } from '../state/feeds.ts';
import type { HourSums } from '../state/hours.ts';
import { isSettled } from '../state/ledger-row.ts';
import type { Tenant } from '../state/tenants.ts';
import { shownState } from './feed-state.ts';
import { lagReason, type Obstacles } from './lag-reason.ts';

/** Where one feed stands. Times are milliseconds since the epoch. */
export interface FeedDescription extends HourSums {
  readonly contentType: ContentType;
  readonly state: Feed['state'];
  readonly position: number | undefined;
  /** Now minus the older of the position, unless it is stopped, and the creation of the oldest content not settled. */
  readonly lagSeconds: number | undefined;
  readonly lagReason: string | undefined;
  readonly gaps: Feed['gaps'];
}

/**
 * Where every feed that a tenant has or had stands, counted from its ledger and the sums of closed hours.
 * @throws StorageError
 */
export async function describeFeeds(pipeline: Pipeline, tenant: Tenant): Promise<FeedDescription[]> {
  const feeds = new Map(
    (await pipeline.feeds.ofTenant(tenant.tenantId)).map(({ value }) => [value.contentType, value]),
  );
  const obstacles = await obstaclesOf(pipeline, tenant);
  return Promise.all(
    contentTypes
      .filter((type) => tenant.contentTypes.includes(type) || feeds.has(type))
      .map((contentType) => {
        const feed = feeds.get(contentType) ?? newFeed({ tenantId: tenant.tenantId, contentType });
        return describeFeed(pipeline, tenant, feed, obstacles);
      }),
  );
}

async function obstaclesOf(pipeline: Pipeline, { tenantId }: Tenant): Promise<Obstacles> {
  const { marks, clock } = pipeline;
  const [throttled, credential, health] = await Promise.all([
    marks.get('throttled', tenantId),
    marks.get('credential', 'entra'),
    readDestinationHealth(pipeline),
  ]);
  return { now: clock.now(), throttled, credential, downMark: (name) => health.downMark(name) };
}

async function describeFeed(
  pipeline: Pipeline,
  tenant: Tenant,
  feed: Feed,
  obstacles: Obstacles,
): Promise<FeedDescription> {
  const hours = await pipeline.hours.all(feed);
  const closed = hours.map(({ value }) => value.sums ?? noSums);
  const openHours = hours.filter(({ value }) => value.open);
  const open = await Promise.all(openHours.map(({ value }) => pipeline.ledger.hour(feed, value.hour)));
  const sums = [...closed, ...open.map(sumsOf)].reduce(addSums, noSums);
  const unsettled = open.flatMap(({ contents }) => contents.filter(({ value }) => !isSettled(value.state)));
  const oldest = unsettled.toSorted((a, b) => a.value.created - b.value.created)[0]?.value;
  const state = shownState(tenant, feed);
  // Of one that is stopped nothing is listed any more, and nothing is wrong with that.
  const shown = { ...feed, state, ...(state === 'stopped' && { detail: undefined, position: undefined }) };
  const { position } = shown;
  const behind = oldest === undefined ? position : Math.min(oldest.created, position ?? oldest.created);
  return {
    ...sums,
    contentType: feed.contentType,
    state,
    position: feed.position,
    lagSeconds: behind === undefined ? undefined : Math.max(0, Math.round((obstacles.now - behind) / 1000)),
    lagReason: lagReason(tenant, shown, oldest, obstacles),
    gaps: shownGaps(feed, obstacles.now),
  };
}
