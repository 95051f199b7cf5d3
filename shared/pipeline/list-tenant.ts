import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { DeadlineError, startDeadline } from '../deadline.ts';
import { EntraError } from '../entra/entra-error.ts';
import { type Feed, newFeed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { feedPosition } from './feed-position.ts';
import { listFeed } from './list-feed.ts';
import { markSilent, markThrottled } from './marking.ts';
import type { Pipeline } from './pipeline.ts';
import { ensureSubscriptions, type SubscribedFeeds } from './subscriptions.ts';
import { afterSuccess, afterTrouble, troubleOf } from './tenant-trouble.ts';

/** How long a tenant may take in one cycle before its feeds are listed. */
const subscriptionsMs = 60_000;

/** The number of a listing cycle, and when it has to end. */
export interface CycleBounds {
  readonly cycle: number;
  readonly signal: AbortSignal;
}

/**
 * Starts what subscriptions are missing, lists the feeds of one tenant side by side, and writes down what that says of
 * the tenant. Errors of the API and of Entra end here, in the log, the tenant's state and its marks.
 * @param known the feeds of the tenant that exist
 * @throws EntraError `credential-refused` alone, which concerns every tenant; StorageError
 */
export async function listTenant(
  pipeline: Pipeline,
  { value: tenant, etag }: Stored<Tenant>,
  known: readonly Stored<Feed>[],
  bounds: CycleBounds,
): Promise<void> {
  const { worked, failures } = await attempt(pipeline, tenant, known, bounds);
  const notOurs = failures.find((error) => !isOfTenant(error));
  const credential = failures.find((error) => error instanceof EntraError && error.kind === 'credential-refused');
  await setMark(pipeline, tenant, worked, failures);
  if (credential === undefined) {
    for (const error of failures) logFailure(pipeline, tenant, error);
    await writeState(pipeline, { value: tenant, etag }, worked, failures);
  }
  const fatal: unknown[] = [credential, notOurs].filter((error) => error !== undefined);
  if (fatal.length > 0) throw fatal[0];
}

/** @returns whether the tenant's API did as it was asked, and everything that went wrong */
async function attempt(
  pipeline: Pipeline,
  tenant: Tenant,
  known: readonly Stored<Feed>[],
  { cycle, signal }: CycleBounds,
): Promise<{ worked: boolean; failures: unknown[] }> {
  const failures: unknown[] = [];
  let worked = false;
  try {
    const all = await withMissingFeeds(pipeline, tenant, known);
    const subscribed = await subscribe(pipeline, tenant, all, signal);
    failures.push(...subscribed.failures);
    const active = subscribed.feeds.filter(({ value }) => value.state === 'active');
    const goOn = !signal.aborted && !failures.some(stopsTenant);
    const listings = await Promise.allSettled(
      goOn ? active.map((feed) => listFeed(pipeline, tenant, feed, { cycle, signal })) : [],
    );
    for (const listing of listings) {
      if (listing.status === 'rejected') {
        failures.push(listing.reason);
        continue;
      }
      const { hours, failure } = listing.value;
      if (hours > 0) worked = true;
      if (failure !== undefined) failures.push(failure.error);
    }
    // Subscriptions can be listed although the audit log is off, so that says nothing about it.
    const answered = subscribed.asked && subscribed.failures.length === 0;
    if (answered && active.length === 0 && tenant.trouble?.state !== 'audit-off') worked = true;
  } catch (error) {
    failures.push(error);
  }
  const brokenOff = (error: unknown): boolean => signal.aborted && error === signal.reason;
  // A conflict: another lister or an operator came first, and the next cycle sees what they wrote.
  return { worked, failures: failures.filter((error) => !(error instanceof RowConflict || brokenOff(error))) };
}

async function subscribe(
  pipeline: Pipeline,
  tenant: Tenant,
  feeds: readonly Stored<Feed>[],
  signal: AbortSignal,
): Promise<SubscribedFeeds> {
  const what = `Looking after the subscriptions of tenant ${tenant.tenantId}`;
  using deadline = startDeadline(pipeline.clock, subscriptionsMs, what, signal);
  return await ensureSubscriptions(pipeline, tenant, feeds, deadline.signal);
}

/** Whether none of the tenant's feeds would fare better now. */
const stopsTenant = (error: unknown): boolean =>
  error instanceof EntraError || (error instanceof ActivityApiError && error.kind === 'throttled');

async function writeState(
  { tenants, clock, log }: Pipeline,
  { value: tenant, etag }: Stored<Tenant>,
  worked: boolean,
  failures: readonly unknown[],
): Promise<void> {
  const trouble = failures.map(troubleOf).find((state) => state !== undefined);
  const healed = worked ? afterSuccess(tenant) : tenant;
  const after = trouble === undefined ? healed : afterTrouble(tenant, trouble, clock.now());
  if (after === tenant) return;
  try {
    await tenants.replace(after, etag);
  } catch (error) {
    // An operator changed the tenant meanwhile; the next cycle sees the same and says it again.
    if (error instanceof RowConflict) return;
    throw error;
  }
  if (after.state !== tenant.state) {
    log.info('tenant-state-changed', { tenantId: tenant.tenantId, from: tenant.state, to: after.state });
  }
}

/**
 * Five feeds may be throttled at once: that is one mark, as long as the longest. A tenant whose API hangs must not hold
 * the lister: it is left alone, unless some of it did answer.
 */
async function setMark(
  pipeline: Pipeline,
  tenant: Tenant,
  worked: boolean,
  failures: readonly unknown[],
): Promise<void> {
  const ofApi = failures.filter((error) => error instanceof ActivityApiError);
  const [longest] = ofApi
    .filter(({ kind }) => kind === 'throttled')
    .toSorted((a, b) => (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0));
  if (longest !== undefined) await markThrottled(pipeline, tenant.tenantId, longest);
  else if (!worked && ofApi.some(({ timedOut }) => timedOut)) await markSilent(pipeline, tenant.tenantId);
}

const isOfTenant = (error: unknown): error is ActivityApiError | EntraError | DeadlineError =>
  error instanceof ActivityApiError || error instanceof EntraError || error instanceof DeadlineError;

function logFailure({ log }: Pipeline, { tenantId }: Tenant, error: unknown): void {
  if (!isOfTenant(error)) return;
  const what = error instanceof DeadlineError ? { kind: 'out-of-time' } : { kind: error.kind, code: error.code };
  log.warn('listing-failed', { tenantId, ...what, error: error.message });
}

/** A new feed's position is the oldest hour within reach, so that what goes out of reach from then on becomes a gap. */
async function withMissingFeeds(
  { feeds, clock }: Pipeline,
  tenant: Tenant,
  known: readonly Stored<Feed>[],
): Promise<Stored<Feed>[]> {
  const all: Stored<Feed>[] = [];
  for (const contentType of tenant.contentTypes) {
    const found = known.find(({ value }) => value.contentType === contentType);
    const position = feedPosition(clock.now(), undefined, new Map());
    const value = { ...newFeed({ tenantId: tenant.tenantId, contentType }), position };
    all.push(found ?? { value, etag: await feeds.insert(value) });
  }
  return all;
}
