import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { type Hour, hourOf, hoursWithinReach } from '../activity-api/hours.ts';
import { startDeadline } from '../deadline.ts';
import type { Feed } from '../state/feeds.ts';
import type { ListedHour } from '../state/hours.ts';
import type { Stored } from '../state/stored.ts';
import type { Tenant } from '../state/tenants.ts';
import { dueHours, isUrgent, mostOpenContents, nextSweepAt } from './due-hours.ts';
import { feedPosition, gapBehind } from './feed-position.ts';
import { listHour } from './list-hour.ts';
import type { Pipeline } from './pipeline.ts';
import { afterRefusal } from './subscriptions.ts';

/** How long one feed may take in one cycle; the rest comes in the next. */
const feedMs = 60_000;

/**
 * Lists the hours of one feed that are due and moves its position.
 * @throws ActivityApiError, EntraError, StorageError after the feed was written; what was listed stays listed
 */
export async function listFeed(
  pipeline: Pipeline,
  tenant: Tenant,
  feed: Stored<Feed>,
  { cycle, signal }: { cycle: number; signal: AbortSignal },
): Promise<void> {
  const { clock } = pipeline;
  using deadline = startDeadline(clock, feedMs, 'Listing a feed', signal);
  const sweepIsDue = (feed.value.sweepDueAt ?? 0) <= clock.now();
  const rows = sweepIsDue ? await hourRows(pipeline, feed.value, undefined) : undefined;
  const outOfTime = (): boolean => deadline.signal.aborted;
  let enqueued = 0;
  let failure: { readonly error: unknown } | undefined;
  let done = true;
  for (const hour of dueHours(clock.now(), cycle, rows)) {
    const atBound = feed.value.openContents + enqueued >= mostOpenContents;
    if (outOfTime() || (atBound && !isUrgent(hour, clock.now()))) {
      done = false;
      continue;
    }
    try {
      enqueued += await listHour(pipeline, tenant, feed.value, hour, deadline.signal);
    } catch (error) {
      done = false;
      if (!outOfTime()) failure = { error };
      break;
    }
  }

  const now = clock.now();
  const seen = await hourRows(pipeline, feed.value, sweepIsDue ? undefined : feed.value.position);
  const gap = gapBehind(now, feed.value.position, `the tenant was ${tenant.state} and the feed ${feed.value.state}`);
  const refused =
    failure?.error instanceof ActivityApiError ? afterRefusal(feed.value, failure.error, now) : { detail: undefined };
  await pipeline.feeds.replace(
    {
      ...feed.value,
      ...refused,
      position: feedPosition(now, feed.value.position, seen),
      visitedAt: now,
      sweepDueAt: done && sweepIsDue ? nextSweepAt(now, seen) : feed.value.sweepDueAt,
      openContents: feed.value.openContents + enqueued,
      gaps: gap ? [...feed.value.gaps, gap] : feed.value.gaps,
    },
    feed.etag,
  );
  if (failure !== undefined) throw failure.error;
}

async function hourRows(
  { hours, clock }: Pipeline,
  feed: Feed,
  from: number | undefined,
): Promise<Map<Hour, ListedHour>> {
  const reach = hoursWithinReach(clock.now());
  const current = reach.at(-1) ?? hourOf(clock.now());
  const oldest = reach[0] ?? current;
  const first = from === undefined || hourOf(from) < oldest ? oldest : hourOf(from);
  const rows = await hours.between(feed, first, current);
  return new Map(rows.map(({ value }) => [value.hour, value]));
}
