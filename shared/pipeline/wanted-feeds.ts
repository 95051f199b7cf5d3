import { type Feed, newFeed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import type { Tenant } from '../state/tenants.ts';
import { changeFeed } from './change-feed.ts';
import { feedPosition } from './feed-position.ts';
import { gapsNow } from './gaps-now.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * The feeds of the content types that are to be collected. The position of one that is new, or was switched off, is the
 * oldest hour within reach, so that what goes out of reach from then on becomes a gap; what did before is one now.
 * @throws StorageError, RowConflict
 */
export async function wantedFeeds(
  pipeline: Pipeline,
  tenant: Tenant,
  known: readonly Stored<Feed>[],
): Promise<Stored<Feed>[]> {
  const { feeds, leftFeeds, clock } = pipeline;
  const all: Stored<Feed>[] = [];
  const oldest = feedPosition(clock.now(), undefined, new Map());
  const begunAgain = async (feed: Feed): Promise<Pick<Feed, 'position' | 'gaps'>> => ({
    gaps: await gapsNow(pipeline, feed, tenant),
    position: Math.max(oldest, feed.position ?? oldest),
  });
  for (const contentType of tenant.contentTypes) {
    const id = { tenantId: tenant.tenantId, contentType };
    const found = known.find(({ value }) => value.contentType === contentType);
    if (found === undefined) {
      const left = await leftFeeds.get(id);
      const before = { ...newFeed(id), ...(left && { position: left.position, gaps: left.gaps, stops: left.stops }) };
      const value = { ...before, ...(await begunAgain({ ...before, state: 'stopped' })) };
      all.push({ value, etag: await feeds.insert(value) });
    } else if (found.value.state !== 'stopped') all.push(found);
    else all.push(await changeFeed(pipeline, found, { state: 'starting', ...(await begunAgain(found.value)) }));
  }
  return all;
}
