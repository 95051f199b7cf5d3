import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { DeadlineError, startDeadline } from '../deadline.ts';
import { EntraError } from '../entra/entra-error.ts';
import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import type { Tenant } from '../state/tenants.ts';
import { beginStop } from './begin-stop.ts';
import { stopReasons } from './feed-stops.ts';
import { markCredentialFailing, markThrottled } from './marking.ts';
import type { Pipeline } from './pipeline.ts';
import { stopFeed } from './stop-feed.ts';

const minute = 60_000;
const hour = 60 * minute;

/** How long the subscriptions of one tenant may take in one cycle. */
const stoppingMs = minute;

/** Subscriptions that cannot be stopped for this long are left to Microsoft: nobody will ask for anything of them. */
const patienceMs = 24 * hour;

/**
 * Stops all subscriptions of a tenant that is leaving. What fails is tried again after a growing pause, for a day.
 * @returns the feeds as they are when nothing more is to be stopped; else `undefined`
 * @throws StorageError, RowConflict, the signal's reason
 */
export async function stopFeeds(
  pipeline: Pipeline,
  tenant: Stored<Tenant>,
  feeds: readonly Stored<Feed>[],
  signal: AbortSignal,
): Promise<readonly Stored<Feed>[] | undefined> {
  if (feeds.every(({ value }) => value.state === 'stopped')) return feeds;
  if (await mustWait(pipeline, tenant.value)) return undefined;
  const begun: Stored<Feed>[] = [];
  for (const feed of feeds) begun.push(await beginStop(pipeline, feed, stopReasons.offBoarded));
  using deadline = startDeadline(pipeline.clock, stoppingMs, 'Stopping the subscriptions of a tenant', signal);
  const stops = await Promise.allSettled(begun.map((feed) => stopFeed(pipeline, tenant.value, feed, deadline.signal)));
  signal.throwIfAborted();
  const errors = stops.filter((stop) => stop.status === 'rejected').map(({ reason }): unknown => reason);
  const ours = errors.find((error) => !isOfTenant(error));
  if (ours !== undefined) throw ours as Error;
  const [error, ...others] = errors.filter(isOfTenant);
  const isOver = error === undefined || (await isGivenUp(pipeline, tenant, [error, ...others]));
  return isOver
    ? begun.map((feed, index) => (stops[index]?.status === 'fulfilled' ? stops[index].value : feed))
    : undefined;
}

/** Whether Microsoft must not be asked now: after a failure, or because it throttles the tenant, or refuses us. */
async function mustWait({ marks, clock }: Pipeline, { tenantId, nextCheckAt }: Tenant): Promise<boolean> {
  const [throttled, credential] = [await marks.get('throttled', tenantId), await marks.get('credential', 'entra')];
  return Math.max(nextCheckAt ?? 0, throttled?.until ?? 0, credential?.until ?? 0) > clock.now();
}

type OfTenant = ActivityApiError | EntraError | DeadlineError;

const isOfTenant = (error: unknown): error is OfTenant =>
  error instanceof ActivityApiError || error instanceof EntraError || error instanceof DeadlineError;

/** Counts the failure. @returns whether it has been tried for long enough */
async function isGivenUp(
  pipeline: Pipeline,
  { value: tenant, etag }: Stored<Tenant>,
  errors: readonly [OfTenant, ...OfTenant[]],
): Promise<boolean> {
  const { tenants, clock, log } = pipeline;
  const { tenantId } = tenant;
  for (const error of errors) {
    // That says nothing about the tenant, which waits until we are let in again.
    if (error instanceof EntraError && error.kind === 'credential-refused') {
      await markCredentialFailing(pipeline, error);
      return false;
    }
    if (error instanceof ActivityApiError && error.kind === 'throttled') await markThrottled(pipeline, tenantId, error);
  }
  const now = clock.now();
  const { since, count } = tenant.trouble ?? { since: now, count: 0 };
  const error = errors[0].message;
  if (now - since >= patienceMs) {
    log.error('subscriptions-left-behind', { tenantId, subscriptions: errors.length, error });
    return true;
  }
  log.warn('subscriptions-not-stopped', { tenantId, subscriptions: errors.length, error });
  const trouble = { state: 'leaving', since, count: count + 1 } as const;
  await tenants.replace({ ...tenant, trouble, nextCheckAt: now + Math.min(hour, minute * 2 ** count) }, etag);
  return false;
}
