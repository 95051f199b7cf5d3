import { hourMs, hourOf, reachMs } from '../activity-api/hours.ts';
import { forEachLimited } from '../for-each-limited.ts';
import { feedKey } from '../state/feed-key.ts';
import type { Feed, Gap } from '../state/feeds.ts';
import { unlessConflict } from '../state/unless-conflict.ts';
import type { Tenant } from '../state/tenants.ts';
import { isWanted } from '../tenants/feed-state.ts';
import { closeHours } from './close-hours.ts';
import { beginClosing } from './closing.ts';
import { mostOpenContents } from './due-hours.ts';
import { feedGaps, lateMs, sameGaps, whyNotListed } from './feed-gaps.ts';
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
    const gaps = fully ? await gapsOf(pipeline, feed, closing.tenants.get(feed.tenantId)) : feed.gaps;
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

async function gapsOf(pipeline: Pipeline, feed: Feed, tenant: Tenant | undefined): Promise<readonly Gap[]> {
  const { hours, clock } = pipeline;
  const now = clock.now();
  const upToDate = feed.position === undefined || feed.position > now - lateMs - hourMs;
  // What was switched off is not missed.
  if (upToDate || tenant === undefined || !isWanted(tenant, feed)) return feed.gaps;
  const position = unsettledFrom(feed.position, feed.gaps, now);
  const rows = await hours.between(feed, hourOf(position), hourOf(now));
  return feedGaps(now, { position, gaps: feed.gaps }, new Map(rows.map(({ value }) => [value.hour, value])), {
    since: tenant.consentedAt ?? 0,
    why: whyNotListed(tenant.state, feed, await pauseOf(pipeline, tenant)),
  });
}

/** Why nothing of a tenant is asked for, if nothing is: our own credential fails, or Microsoft wants or gives a pause. */
async function pauseOf({ marks, clock }: Pipeline, { tenantId }: Tenant): Promise<string | undefined> {
  const all = [await marks.recent('credential', 'entra'), await marks.recent('throttled', tenantId)];
  return all.find((mark) => mark !== undefined && mark.until > clock.now())?.reason;
}

/**
 * The position, or the end of the gaps that begin there as far as they are for good: a feed that is never listed, for
 * want of a permission, must not cost more with each day. (A day of slack for who lists at the edge of what is in reach.)
 */
function unsettledFrom(position: number, gaps: readonly Gap[], now: number): number {
  const end = gaps.reduce((at, { from, to }) => (from <= at ? Math.max(at, to) : at), position);
  return Math.max(position, Math.min(end, now - reachMs - 24 * hourMs));
}
