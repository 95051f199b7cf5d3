import { hourMs, hourOf, reachMs } from '../../shared/activity-api/hours.ts';
import { hourKey } from '../../shared/state/feed-key.ts';
import type { Feed } from '../../shared/state/feeds.ts';
import { calmTime, stoodStill } from './calm-time.ts';
import type { Evidence } from './evidence.ts';
import type { World } from './world.ts';

/** An hour not listed this long after its end is a gap. */
const lateMs = 2 * hourMs;

/** Time without troubles in which an hour must be listed. */
const enoughMs = 2 * hourMs;

/** Time that could not be listed is in a gap, and nothing else is; what was listed is in the ledger. */
export function judgeGaps(world: World, evidence: Evidence): string[] {
  const { plan, account, scheduler } = world;
  const { contents, feeds, hours, tenants } = evidence;
  const wrong: string[] = [];
  for (const feed of feeds) {
    const tenant = tenants.find(({ tenantId }) => tenantId === feed.tenantId);
    const since = account.feedsSince.get(`${feed.tenantId}_${feed.contentType}`);
    if (tenant?.contentTypes.includes(feed.contentType) !== true || since === undefined) continue;
    const first = Math.ceil((since - reachMs) / hourMs) * hourMs;
    for (let start = first; start + hourMs + lateMs <= scheduler.now(); start += hourMs) {
      const hour = hourOf(start);
      const row = hours.get(hourKey(feed, hour))?.row;
      const isListed = (row?.listedTo ?? 0) >= start + hourMs;
      const isGap = isInGap(feed, start, start + hourMs);
      const name = `${feed.contentType} ${hour}`;
      if (isListed && isGap) wrong.push(`${name} was listed, but is in a gap`);
      if (isListed) continue;
      // Before it was added again, nobody was to list it.
      const isOurs = start + hourMs > (tenant.consentedAt ?? 0) || start < scheduler.now() - reachMs;
      // Time without a subscription is a gap of its own.
      const isStopped = feed.stops.some(({ from, to = Infinity }) => from < start + hourMs && start < to);
      if (!isGap && !isStopped && isOurs) wrong.push(`${name} was not listed, but is in no gap`);
      const outOfReachAt = start + reachMs;
      const from = Math.max(since, start + hourMs);
      const calm = calmTime(world, feed, from, Math.min(outOfReachAt, scheduler.now()));
      if (calm > enoughMs + stoodStill(world)) wrong.push(`${name} could have been listed`);
    }
  }
  for (const { id, tenantId, contentType, created, visibleAt } of plan.contents) {
    const feed = feeds.find((one) => one.tenantId === tenantId && one.contentType === contentType);
    if (contents.has(id) || feed === undefined || isMissed(world, feed, visibleAt)) continue;
    const outOfReachAt = Math.floor(created / hourMs) * hourMs + reachMs;
    const since = account.feedsSince.get(`${tenantId}_${contentType}`) ?? Infinity;
    const calm = calmTime(world, { tenantId, contentType }, Math.max(visibleAt, since), outOfReachAt);
    if (calm > enoughMs + stoodStill(world) && !isInGap(feed, created, created + 1)) {
      wrong.push(`${id} was offered, but is neither in the ledger nor in a gap`);
    }
  }
  return wrong;
}

/** What became available without a subscription is another judge's matter. */
const isMissed = (world: World, feed: Feed, visibleAt: number): boolean =>
  world.missed(feed).some(({ from, to = Infinity }) => from <= visibleAt && visibleAt < to);

const isInGap = ({ gaps }: Feed, from: number, to: number): boolean =>
  gaps.some((gap) => gap.from < to && from < gap.to);
