import { forEachLimited } from '../for-each-limited.ts';
import { feedKey } from '../state/feed-key.ts';
import type { Feed } from '../state/feeds.ts';
import { unlessConflict } from '../state/unless-conflict.ts';
import { closeHours } from './close-hours.ts';
import { beginClosing } from './closing.ts';
import { mostOpenContents } from './due-hours.ts';
import { sameGaps } from './feed-gaps.ts';
import { gapsNow } from './gaps-now.ts';
import type { CycleBounds } from './list-tenant.ts';
import type { Pipeline } from './pipeline.ts';
import { sendProbes } from './send-probes.ts';

/** How many cycles it takes until every open hour is looked at again. */
const everyCycles = 5;

const feedsAtOnce = 8;

/**
 * Close, whether or not tenants can be listed: in every fifth cycle, and when a destination came up again, all open hours
 * and the gaps of all feeds; in the others the open hours of feeds that are at their bound, or whose tenant is to be
 * dropped.
 * @param bounds.hoursSignal when hours have to end, so that the feeds have their turn before `signal`
 * @param bounds.isBeingListed of which tenants the feeds are left alone, so that their listing can write what it comes to
 * @returns errors of hours that could not be looked at @throws StorageError
 */
export async function closeDue(
  pipeline: Pipeline,
  {
    cycle,
    signal,
    hoursSignal,
    isBeingListed,
  }: CycleBounds & { readonly hoursSignal: AbortSignal; readonly isBeingListed: (tenantId: string) => boolean },
): Promise<readonly unknown[]> {
  const { openHours, feeds } = pipeline;
  const closing = await beginClosing(pipeline);
  const cameUp = closing.health.cameUp();
  const fully = cycle % everyCycles === 0 || cameUp.length > 0;
  const all = await feeds.all();
  const isUrgent = ({ openContents, tenantId }: Feed): boolean =>
    openContents >= mostOpenContents || closing.tenants.get(tenantId)?.leaving === 'drop';
  const looked = fully ? all : all.filter(({ value }) => isUrgent(value));
  const open = fully
    ? await openHours.all()
    : (await Promise.all(looked.map(({ value }) => openHours.ofFeed(value)))).flat();
  const { counted, uncounted, failures } = await closeHours(closing, startingAnywhere(open, pipeline), hoursSignal);
  const byFeed = Map.groupBy(counted, ({ feed }) => feedKey(feed));
  await forEachLimited(startingAnywhere(looked, pipeline), feedsAtOnce, async ({ value: feed, etag }) => {
    if (signal.aborted || isBeingListed(feed.tenantId)) return;
    if ((await closing.standing(feed.tenantId)) === 'gone') {
      // A lister that was at it while the tenant left made this feed of nobody's.
      await feeds.remove(feed, etag).catch(unlessConflict);
      return;
    }
    const sum = (byFeed.get(feedKey(feed)) ?? []).reduce((total, one) => total + one.openContents, 0);
    const openContents = uncounted.has(feedKey(feed)) ? feed.openContents : sum;
    const tenant = closing.tenants.get(feed.tenantId);
    const gaps = fully && tenant !== undefined ? await gapsNow(pipeline, feed, tenant) : feed.gaps;
    if (openContents === feed.openContents && sameGaps(gaps, feed.gaps)) return;
    await feeds.replace({ ...feed, openContents, gaps }, etag).catch(unlessConflict);
  });
  if (uncounted.size === 0 && !closing.hasLeftWaiting())
    for (const name of cameUp) await closing.health.settleCameUp(name);
  if (pipeline.destinations.some(({ name }) => closing.health.isDown(name))) {
    await sendProbes(closing, startingAnywhere(fully ? open : await openHours.all(), pipeline));
  }
  return failures;
}

/** When time does not suffice for all, other hours are left out each time. */
function startingAnywhere<T>(list: readonly T[], { random }: Pipeline): T[] {
  const start = Math.floor(random.fraction() * list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}
