import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import type { FeedId } from '../state/feed-key.ts';
import type { Feed } from '../state/feeds.ts';
import { isSettled } from '../state/ledger-row.ts';
import type { Stored } from '../state/stored.ts';
import type { Tenant } from '../state/tenants.ts';
import { isWanted } from '../tenants/feed-state.ts';
import { beginStop } from './begin-stop.ts';
import { changeAll } from './change-all.ts';
import { changeFeed } from './change-feed.ts';
import { stopReasons } from './feed-stops.ts';
import { noteFeed } from './note-feed.ts';
import type { Pipeline } from './pipeline.ts';
import { stopFeed } from './stop-feed.ts';

/** Stopping is not throttled; but a stop that failed a minute ago would fail again. */
const againMs = 60_000;

/** Counted anew: a lister that died before it wrote its feed has left contents behind of which the feed knows nothing. */
async function needsSubscription({ openHours, ledger }: Pipeline, feed: FeedId): Promise<boolean> {
  for (const { hour } of await openHours.ofFeed(feed)) {
    const { contents } = await ledger.hour(feed, hour);
    if (contents.some(({ value }) => !isSettled(value.state) && !value.saved)) return true;
  }
  return false;
}

/**
 * Stops the subscriptions of content types that were switched off, once their open contents are settled: nothing can be
 * fetched after that. One that cannot be stopped now is tried again.
 * @returns what went wrong: ActivityApiError, EntraError, StorageError, RowConflict, the signal's reason
 */
export async function stopUnwanted(
  pipeline: Pipeline,
  tenant: Tenant,
  known: readonly Stored<Feed>[],
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const now = pipeline.clock.now();
  const due = known.filter(
    ({ value }) =>
      !isWanted(tenant, value) && value.state !== 'stopped' && value.openContents === 0 && (value.retryAt ?? 0) <= now,
  );
  const { failures } = await changeAll(due, async (feed) => {
    if (await needsSubscription(pipeline, feed.value)) return feed;
    const begun = await beginStop(pipeline, feed, stopReasons.switchedOff);
    try {
      const stopped = await stopFeed(pipeline, tenant, begun, signal);
      await noteFeed(pipeline, feed.value, stopped.value);
      return stopped;
    } catch (error) {
      if (error instanceof ActivityApiError) await changeFeed(pipeline, begun, { retryAt: now + againMs });
      throw error;
    }
  });
  return failures;
}
