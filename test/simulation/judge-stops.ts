import type { Gap } from '../../shared/state/feeds.ts';
import { describeFeeds } from '../../shared/tenants/describe-tenant.ts';
import type { Evidence } from './evidence.ts';
import type { World } from './world.ts';

const isoTime = (time: number): string => new Date(time).toISOString();

/** Time in which a feed that was collected had no subscription at Microsoft is shown as a gap, and none was made up. */
export async function judgeStops(world: World, { feeds, tenants, contents }: Evidence): Promise<string[]> {
  const { account, scheduler, plan } = world;
  const wrong: string[] = [];
  for (const tenant of tenants) {
    for (const { contentType, gaps } of await describeFeeds(world.onlooker(), tenant)) {
      const name = { tenantId: tenant.tenantId, contentType };
      const missed = world.missed(name).map(({ from, to = scheduler.now() }) => ({ from, to }));
      // Of a subscription that nobody had used it can only be guessed when it came to an end.
      const listedAt = account.firstListings.get(`${tenant.tenantId}_${contentType}`) ?? Infinity;
      for (const { from, to } of missed.filter((span) => span.from >= listedAt)) {
        const until = coveredFrom(from, gaps);
        if (until < to) wrong.push(`${contentType} had no subscription from ${isoTime(until)} on, but no gap says so`);
      }
      const stops =
        feeds.find((one) => one.tenantId === tenant.tenantId && one.contentType === contentType)?.stops ?? [];
      for (const { from, to = scheduler.now(), why } of stops) {
        const isTrue = missed.some((span) => span.from <= to && from <= span.to);
        if (!isTrue)
          wrong.push(`${contentType} has a gap from ${isoTime(from)} (${why}), but was subscribed all the time`);
      }
      for (const { id, visibleAt, ...one } of plan.contents) {
        const isOurs = one.tenantId === tenant.tenantId && one.contentType === contentType && visibleAt >= listedAt;
        const isMissed =
          isOurs && !contents.has(id) && missed.some(({ from, to }) => from <= visibleAt && visibleAt < to);
        const isShown = gaps.some(({ from, to }) => from <= visibleAt && visibleAt < to);
        if (isMissed && !isShown) wrong.push(`${id} became available without a subscription, but no gap says so`);
      }
    }
  }
  return wrong;
}

/** The first moment from a given one on that is in no gap. @param gaps the oldest first */
const coveredFrom = (moment: number, gaps: readonly Gap[]): number =>
  gaps.reduce((at, { from, to }) => (from <= at ? Math.max(at, to) : at), moment);
