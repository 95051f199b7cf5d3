import { endOfHour, hourMs } from '../activity-api/hours.ts';
import { forEachLimited } from '../for-each-limited.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { type FeedId, feedKey } from '../state/feed-key.ts';
import type { Feed } from '../state/feeds.ts';
import { isSettled } from '../state/ledger-row.ts';
import type { OpenHour } from '../state/open-hours.ts';
import type { Tenant } from '../state/tenants.ts';

/** Who is behind by less is between two cycles, or catching up: nothing that a person is told of. */
const toldMs = 24 * hourMs;

const feedsAtOnce = 8;

export interface FeedLag extends FeedId {
  readonly lagMs: number;
}

/**
 * Feeds of active tenants that could lose records if they went on like this, by how far they are behind, most first. What
 * is saved is safe, and what happened before the consent was never promised.
 * @throws StorageError
 */
export async function feedsBehind(
  pipeline: Pick<Pipeline, 'feeds' | 'openHours' | 'ledger' | 'clock'>,
  tenants: readonly Tenant[],
): Promise<FeedLag[]> {
  const { feeds, openHours, clock } = pipeline;
  const now = clock.now();
  const active = new Map(tenants.filter(({ state }) => state === 'active').map((tenant) => [tenant.tenantId, tenant]));
  const openByFeed = Map.groupBy(await openHours.all(), ({ feed }) => feedKey(feed));
  const behind: FeedLag[] = [];
  const measure = async (feed: Feed, { consentedAt = 0, collectedSince = consentedAt }: Tenant): Promise<void> => {
    const old = (openByFeed.get(feedKey(feed)) ?? []).filter(({ hour }) => endOfHour(hour) <= now - toldMs);
    const oldest = feed.openContents === 0 ? undefined : await oldestUnsettled(pipeline, old);
    const since = Math.max(collectedSince, Math.min(oldest ?? now, feed.position ?? now));
    if (now - since >= toldMs)
      behind.push({ tenantId: feed.tenantId, contentType: feed.contentType, lagMs: now - since });
  };
  await forEachLimited(await feeds.all(), feedsAtOnce, async ({ value: feed }) => {
    const tenant = active.get(feed.tenantId);
    if (tenant !== undefined && (feed.state === 'active' || feed.state === 'starting')) await measure(feed, tenant);
  });
  return behind.toSorted((a, b) => b.lagMs - a.lagMs);
}

/** When the oldest content that is neither settled nor saved was created, milliseconds since the epoch. */
async function oldestUnsettled(
  { ledger }: Pick<Pipeline, 'ledger'>,
  open: readonly OpenHour[],
): Promise<number | undefined> {
  for (const { feed, hour } of open.toSorted((a, b) => (a.hour < b.hour ? -1 : 1))) {
    const { contents } = await ledger.hour(feed, hour);
    const unsettled = contents.filter(({ value }) => !isSettled(value.state) && !value.saved);
    if (unsettled.length > 0) return Math.min(...unsettled.map(({ value }) => value.created));
  }
  return undefined;
}
