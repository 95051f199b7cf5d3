import { contentTypes } from '../activity-api/content-types.ts';
import { forEachLimited } from '../for-each-limited.ts';
import { isSettled } from '../state/ledger-row.ts';
import type { Feed } from '../state/feeds.ts';
import type { OpenHour } from '../state/open-hours.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { gapsNow } from './gaps-now.ts';
import type { Pipeline } from './pipeline.ts';
import { stopFeeds } from './stop-feeds.ts';

const tenantsAtOnce = 16;

/**
 * Takes every tenant that is leaving as far as it gets: nothing of it is listed any more; when nothing of it is under way,
 * its subscriptions are stopped, its feeds and its history deleted, and its row last. Each step can be done again, so a
 * death in between, or another lister, does no harm. Its ledger, hours, `seen` and stops stay until their retention.
 * @param isBeingListed who has to wait: their listing may find contents yet
 * @returns what is not the tenants' doing: errors of our storage
 */
export async function finishLeaving(
  pipeline: Pipeline,
  signal: AbortSignal,
  isBeingListed: (tenantId: string) => boolean = () => false,
): Promise<unknown[]> {
  const failures: unknown[] = [];
  const leaving = (await pipeline.tenants.all()).filter(({ value }) => value.state === 'leaving');
  await forEachLimited(leaving, tenantsAtOnce, async ({ value: { tenantId } }) => {
    try {
      if (!signal.aborted && !isBeingListed(tenantId)) await goOn(pipeline, tenantId, signal);
    } catch (error) {
      // A conflict: another lister or an operator came first, and the next cycle sees what they wrote.
      if (error instanceof RowConflict || (signal.aborted && error === signal.reason)) return;
      failures.push(error);
      pipeline.log.error('tenant-not-off-boarded', { tenantId, error: String(error) });
    }
  });
  return failures;
}

async function goOn(pipeline: Pipeline, tenantId: string, signal: AbortSignal): Promise<void> {
  const { tenants, feeds, leftFeeds, history, log } = pipeline;
  // Read before the tenant, so that they are not those of one that was added again.
  const known = await feeds.ofTenant(tenantId);
  const tenant = await tenants.get(tenantId);
  if (tenant?.value.state !== 'leaving' || (await isUnderWay(pipeline, tenant.value))) return;
  const stopped = await stopFeeds(pipeline, tenant, known, signal);
  if (stopped === undefined) return;
  for (const { value, etag } of stopped) {
    await leftFeeds.put({ ...(await asLeft(pipeline, value, tenant.value)), leftAt: pipeline.clock.now() });
    await feeds.remove(value, etag);
  }
  await history.removeTenant(tenantId);
  await tenants.remove(tenantId, tenant.etag);
  log.info('tenant-off-boarded', { tenantId });
}

/** If it is added again, its hours will look as if nothing had happened in them, and what was never listed as if it were new. */
const asLeft = async (pipeline: Pipeline, feed: Feed, tenant: Tenant): Promise<Feed> => ({
  ...feed,
  gaps: await gapsNow(pipeline, feed, tenant),
});

/** What is parked waits for a person, not for us: it stays where it is until its retention. */
async function isUnderWay(pipeline: Pipeline, { tenantId, leaving }: Tenant): Promise<boolean> {
  const holdsUp = leaving === 'drop' ? isNotDropped : isNotDrained;
  for (const contentType of contentTypes) {
    for (const open of await pipeline.openHours.ofFeed({ tenantId, contentType })) {
      if (await holdsUp(pipeline, open)) return true;
    }
  }
  return false;
}

/** Close gives up what is in the hour, and then closes it. A row in the index without an hour stands for nothing. */
const isNotDropped = async ({ hours }: Pipeline, { feed, hour }: OpenHour): Promise<boolean> =>
  (await hours.get(feed, hour)) !== undefined;

const isNotDrained = async ({ ledger }: Pipeline, { feed, hour }: OpenHour): Promise<boolean> =>
  (await ledger.hour(feed, hour)).contents.some(({ value }) => !isSettled(value.state));
