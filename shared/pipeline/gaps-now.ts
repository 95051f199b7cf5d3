import { hourMs, hourOf, isWithinReach, reachMs } from '../activity-api/hours.ts';
import type { Feed, Gap } from '../state/feeds.ts';
import type { Tenant } from '../state/tenants.ts';
import { isWanted } from '../tenants/feed-state.ts';
import { feedGaps, lateMs, whyNotListed } from './feed-gaps.ts';
import { openStop } from './feed-stops.ts';
import type { Pipeline } from './pipeline.ts';

const switchedOffFirst = 'the content type was switched off before this was listed';

/**
 * The gaps of a feed, whether or not anybody lists it. Of one that is switched off nothing is missed that became available
 * since its subscription was stopped (that is a stop), and what came before may still be listed when it is switched on
 * again: it becomes a gap when it goes out of reach.
 * @throws StorageError
 */
export async function gapsNow(pipeline: Pipeline, feed: Feed, tenant: Tenant): Promise<readonly Gap[]> {
  const { hours, clock } = pipeline;
  const now = clock.now();
  if (feed.position === undefined || feed.position > now - lateMs - hourMs) return feed.gaps;
  const isStopped = feed.state === 'stopped';
  // One that was stopped by an older version does not know when.
  const until = openStop(feed)?.from ?? (isStopped ? feed.position : now);
  const position = unsettledFrom(feed.position, feed.gaps, now);
  const isOff = isStopped || !isWanted(tenant, feed);
  if (isOff && (position >= until || isWithinReach(hourOf(position), now))) return feed.gaps;
  const rows = await hours.between(feed, hourOf(position), hourOf(Math.min(now, until)));
  return feedGaps(now, { position, gaps: feed.gaps }, new Map(rows.map(({ value }) => [value.hour, value])), {
    until,
    since: isOff ? Infinity : (tenant.consentedAt ?? 0),
    why: isOff ? switchedOffFirst : whyNotListed(tenant.state, feed, await pauseOf(pipeline, tenant)),
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
