import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { endOfHour, type Hour, hourMs, hourOf, hoursWithinReach, isWithinReach } from '../activity-api/hours.ts';
import { startDeadline } from '../deadline.ts';
import type { Feed } from '../state/feeds.ts';
import type { ListedHour } from '../state/hours.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { changeFeed } from './change-feed.ts';
import { dayRecords } from './day-records.ts';
import { dueHours, isUrgent, mostOpenContents, nextSweepAt } from './due-hours.ts';
import { feedGaps, whyNotListed } from './feed-gaps.ts';
import { feedPosition } from './feed-position.ts';
import { listHour } from './list-hour.ts';
import type { Pipeline } from './pipeline.ts';
import { afterRefusal } from './subscriptions.ts';

/** How long one feed may take in one cycle; the rest comes in the next. */
const feedMs = 60_000;

/** Failed hours in a row after which the rest of the feed is left for the next cycle, which begins behind them. */
const mostFailedHours = 5;

/** What became of one feed in one cycle. */
export interface FeedListing {
  /** Hours that were listed. */
  readonly hours: number;
  /** ActivityApiError, EntraError, StorageError or RowConflict: the first that came; what was listed stays listed. */
  readonly failure: { readonly error: unknown } | undefined;
}

/**
 * Lists the hours of one feed that are due and moves its position. An error is part of the answer.
 * @throws StorageError if the feed cannot be written
 */
export async function listFeed(
  pipeline: Pipeline,
  tenant: Tenant,
  feed: Stored<Feed>,
  { cycle, signal }: { cycle: number; signal: AbortSignal },
): Promise<FeedListing> {
  const { clock } = pipeline;
  using deadline = startDeadline(clock, feedMs, 'Listing a feed', signal);
  const sweepIsDue = (feed.value.sweepDueAt ?? 0) <= clock.now();
  const rows = sweepIsDue ? await hourRows(pipeline, feed.value, true) : undefined;
  const outOfTime = (): boolean => deadline.signal.aborted;
  let opened = 0;
  let listed = 0;
  let failedInARow = 0;
  let failure: FeedListing['failure'];
  let done = true;
  let sweepFrom: Hour | undefined;
  for (const hour of dueHours(clock.now(), cycle, rows, feed.value.sweepFrom)) {
    const atBound = feed.value.openContents + opened >= mostOpenContents;
    if (outOfTime()) {
      done = false;
      sweepFrom = hour;
      break;
    }
    if (atBound && !isUrgent(hour, clock.now())) {
      done = false;
      continue;
    }
    if (!isWithinReach(hour, clock.now())) continue;
    try {
      opened += await listHour(pipeline, tenant, feed.value, hour, deadline.signal);
      listed += 1;
      failedInARow = 0;
    } catch (error) {
      done = false;
      if (outOfTime()) {
        // One that takes all the time twice has to let the others pass.
        sweepFrom = hour === feed.value.sweepFrom ? hourOf(endOfHour(hour)) : hour;
        break;
      }
      failure ??= { error };
      failedInARow += 1;
      if (concernsOneHour(error) && failedInARow < mostFailedHours) continue;
      sweepFrom = hourOf(endOfHour(hour));
      break;
    }
  }
  await save(pipeline, tenant, feed, { failure, opened, done: done && sweepIsDue, sweepIsDue, sweepFrom });
  return { hours: listed, failure };
}

/** Whether the feed's other hours may fare better: one hour that Microsoft cannot list must not hold up the rest. */
const concernsOneHour = (error: unknown): boolean =>
  error instanceof RowConflict ||
  (error instanceof ActivityApiError &&
    ['rejected', 'page-token-refused', 'window-refused', 'server-failed'].includes(error.kind));

async function save(
  pipeline: Pipeline,
  tenant: Tenant,
  { value: feed, etag }: Stored<Feed>,
  run: {
    failure: FeedListing['failure'];
    opened: number;
    done: boolean;
    sweepIsDue: boolean;
    sweepFrom: Hour | undefined;
  },
): Promise<void> {
  const now = pipeline.clock.now();
  const error = run.failure?.error;
  const refused =
    error instanceof ActivityApiError ? afterRefusal(pipeline, tenant, feed, error) : { detail: undefined };
  const rows = await hourRows(pipeline, feed, run.sweepIsDue);
  try {
    await changeFeed(
      pipeline,
      { value: feed, etag },
      {
        ...refused,
        position: feedPosition(now, feed.position, rows),
        sweepDueAt: run.done ? nextSweepAt(now, rows) : feed.sweepDueAt,
        sweepFrom: run.sweepFrom,
        openContents: feed.openContents + run.opened,
        delivered: dayRecords(now, feed.delivered, rows),
        gaps: feedGaps(now, feed, rows, {
          since: tenant.consentedAt ?? 0,
          why: whyNotListed(tenant.state, { ...feed, detail: refused.detail }),
        }),
      },
    );
  } catch (conflict) {
    // Written by another meanwhile; what was listed stands in the hours, and the next cycle goes on from there.
    if (!(conflict instanceof RowConflict)) throw conflict;
  }
}

/**
 * The feed's hours from its position on, and the last two, which Close may have closed meanwhile; all that are within reach
 * if `swept`, or if it has no position yet.
 */
async function hourRows({ hours, clock }: Pipeline, feed: Feed, swept: boolean): Promise<Map<Hour, ListedHour>> {
  const now = clock.now();
  const oldest = hoursWithinReach(now)[0] ?? hourOf(now);
  const position = feed.position === undefined ? oldest : hourOf(Math.min(feed.position, now - 2 * hourMs));
  const rows = await hours.between(feed, swept && oldest < position ? oldest : position, hourOf(now));
  return new Map(rows.map(({ value }) => [value.hour, value]));
}
