import { type FeedId, feedKey } from '../state/feed-key.ts';
import type { Tenant } from '../state/tenants.ts';
import { type DestinationHealth, readDestinationHealth } from './destination-health.ts';
import { mostOpenContents } from './due-hours.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * What of a tenant's contents is still wanted: all while it is `here`; nothing if it is to be `dropped`; once it is `gone`,
 * what is parked, in case it is added again.
 */
export type Standing = 'here' | 'dropped' | 'gone';

/** What one run of Close knows and has done so far. */
export interface Closing {
  readonly pipeline: Pipeline;
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly health: DestinationHealth;
  /** Names of the destinations that exist. */
  readonly configured: ReadonlySet<string>;
  /** What of a tenant's contents is still wanted. @throws StorageError */
  standing(tenantId: string): Promise<Standing>;
  /** How many of `wanted` waiting contents may be queued: one feed must not fill the queue at once. */
  mayQueue(feed: FeedId, wanted: number): number;
  /** Whether contents go on waiting although a destination is up, because of that bound. */
  hasLeftWaiting(): boolean;
}

/** @throws StorageError */
export async function beginClosing(pipeline: Pipeline): Promise<Closing> {
  const [health, tenants] = await Promise.all([readDestinationHealth(pipeline), pipeline.tenants.all()]);
  const tenantById = new Map(tenants.map(({ value }) => [value.tenantId, value]));
  const queued = new Map<string, number>();
  let leftWaiting = false;
  return {
    pipeline,
    tenants: tenantById,
    health,
    configured: new Set(pipeline.destinations.map(({ name }) => name)),
    async standing(tenantId) {
      const known = standingOf(tenantById.get(tenantId));
      // It may have been added since: what is given up comes back only when its hour is listed again.
      return known === 'here' ? known : standingOf((await pipeline.tenants.get(tenantId))?.value);
    },
    mayQueue(feed, wanted) {
      const before = queued.get(feedKey(feed)) ?? 0;
      const count = Math.min(wanted, Math.max(0, mostOpenContents - before));
      queued.set(feedKey(feed), before + count);
      if (count < wanted) leftWaiting = true;
      return count;
    },
    hasLeftWaiting: () => leftWaiting,
  };
}

function standingOf(tenant: Tenant | undefined): Standing {
  if (tenant === undefined) return 'gone';
  return tenant.leaving === 'drop' ? 'dropped' : 'here';
}
