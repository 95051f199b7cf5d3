import { addSums, noSums } from '../../shared/pipeline/hour-sums.ts';
import { hourKey } from '../../shared/state/feed-key.ts';
import { accountOf } from '../../shared/tenants/completeness.ts';
import { describeFeeds } from '../../shared/tenants/describe-tenant.ts';
import type { Evidence } from './evidence.ts';
import { sumOf } from './judge-hours.ts';
import type { World } from './world.ts';

const dayMs = 86_400_000;

/** A feed whose tenant is well is never further behind, when nothing is left to do. Seconds. */
const mostLag = 7_200;

/** What a person is shown agrees with what is. */
export async function judgeViews(world: World, { contents, tenants }: Evidence): Promise<string[]> {
  const wrong: string[] = [];
  const pipeline = world.onlooker();
  const byFeed = Map.groupBy(contents.values(), ({ planned }) => `${planned.tenantId} ${planned.contentType}`);
  const byHour = Map.groupBy(contents.values(), ({ hour }) => hour);
  for (const { tenantId } of world.plan.tenants) {
    if (!tenants.some((tenant) => tenant.tenantId === tenantId))
      wrong.push(`The tenant ${tenantId} was not added again`);
  }
  for (const tenant of tenants) {
    const { tenantId } = tenant;
    if (tenant.state !== 'active')
      wrong.push(`The tenant ${tenantId} is ${tenant.state}, though nothing is wrong any more`);
    for (const { contentType, lagSeconds = 0, ...shown } of await describeFeeds(pipeline, tenant)) {
      const sums = sumOf(byFeed.get(`${tenantId} ${contentType}`) ?? []);
      const said = JSON.stringify({ contents: shown.contents, records: shown.records });
      if (said !== JSON.stringify(sums))
        wrong.push(`${contentType} is described as ${said}, not ${JSON.stringify(sums)}`);
      if (lagSeconds > mostLag && shown.state !== 'stopped')
        wrong.push(`${contentType} lags ${lagSeconds} s behind: ${shown.lagReason ?? ''}`);
    }
    const span = { from: world.plan.start - 8 * dayMs, to: world.scheduler.now() };
    for (const { contentType, hours } of await accountOf(pipeline, tenant, span)) {
      const listed = hours.reduce((sum, { contents: { listed: count } }) => sum + count, 0);
      const there = (byFeed.get(`${tenantId} ${contentType}`) ?? []).length;
      if (listed !== there) wrong.push(`The completeness of ${contentType} tells of ${listed} contents, not ${there}`);
      for (const one of hours) {
        const own = sumOf(byHour.get(hourKey({ tenantId, contentType }, one.hour)) ?? []);
        const { delivered, parked, lost } = one.contents;
        const same = JSON.stringify(
          addSums(noSums, { contents: { queued: 0, delivered, parked, lost }, records: one.records }),
        );
        if (same !== JSON.stringify(own))
          wrong.push(`The completeness of ${contentType} ${one.hour} says ${same}, not ${JSON.stringify(own)}`);
      }
    }
  }
  return wrong;
}
