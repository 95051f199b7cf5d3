import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { DeadlineError, startDeadline } from '../deadline.ts';
import { EntraError } from '../entra/entra-error.ts';
import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { byRelay, noteHistory } from '../tenants/note-history.ts';
import { tenantWords } from '../tenants/state-words.ts';
import { checkRoles, nothingAllowed } from './check-roles.ts';
import { listFeed } from './list-feed.ts';
import { markSilent, markThrottled } from './marking.ts';
import type { Pipeline } from './pipeline.ts';
import { stopUnwanted } from './stop-unwanted.ts';
import { ensureSubscriptions, type SubscribedFeeds } from './subscriptions.ts';
import { afterSuccess, afterTrouble, troubleOf } from './tenant-trouble.ts';
import { wantedFeeds } from './wanted-feeds.ts';

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
  const visit = await attempt(pipeline, tenant, known, bounds);
  const { worked, failures } = visit;
  const notOurs = failures.find((error) => !isOfTenant(error));
  const credential = failures.find((error) => error instanceof EntraError && error.kind === 'credential-refused');
  await setMark(pipeline, tenant, worked, failures);
  if (credential === undefined) {
    for (const error of failures) logFailure(pipeline, tenant, error);
    await writeState(pipeline, { value: tenant, etag }, visit);
  }
  const fatal: unknown[] = [credential, notOurs].filter((error) => error !== undefined);
  if (fatal.length > 0) throw fatal[0];
}

/** What came of one look at a tenant. */
interface Visit {
  /** Whether the tenant's API did as it was asked. */
  readonly worked: boolean;
  /** Everything that went wrong. */
  readonly failures: readonly unknown[];
  /** `undefined` if no token told. */
  readonly missingRoles: readonly string[] | undefined;
  /** Whether time was up before it was done. */
  readonly isBrokenOff: boolean;
}

async function attempt(
  pipeline: Pipeline,
  tenant: Tenant,
  known: readonly Stored<Feed>[],
  { cycle, signal }: CycleBounds,
): Promise<Visit> {
  const failures: unknown[] = [];
  let worked = false;
  let missingRoles: Visit['missingRoles'];
  try {
    const all = await wantedFeeds(pipeline, tenant, known);
    const subscribed = await subscribe(pipeline, tenant, { all, known }, signal);
    missingRoles = subscribed.missingRoles;
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
  const kept = failures.filter((error) => !(error instanceof RowConflict || brokenOff(error)));
  return { worked, failures: kept, missingRoles, isBrokenOff: signal.aborted };
}

/** Roles first, then subscriptions. */
async function subscribe(
  pipeline: Pipeline,
  tenant: Tenant,
  { all, known }: { readonly all: readonly Stored<Feed>[]; readonly known: readonly Stored<Feed>[] },
  signal: AbortSignal,
): Promise<SubscribedFeeds & Pick<Visit, 'missingRoles'>> {
  const what = `Looking after the subscriptions of tenant ${tenant.tenantId}`;
  using deadline = startDeadline(pipeline.clock, subscriptionsMs, what, signal);
  const { missingRoles, ...allowed } = await checkRoles(pipeline, tenant, all, deadline.signal);
  if (allowed.feeds.length === 0) return { ...allowed, asked: false, missingRoles };
  const subscribed = await ensureSubscriptions(pipeline, tenant, allowed.feeds, deadline.signal);
  const failures = [...allowed.failures, ...subscribed.failures];
  if (failures.length === 0) failures.push(...(await stopUnwanted(pipeline, tenant, known, deadline.signal)));
  const { feeds } = subscribed;
  if (feeds.length > 0 && feeds.every(({ value }) => value.state === 'permission-missing')) {
    failures.push(nothingAllowed(tenant));
  }
  return { ...subscribed, failures, missingRoles };
}

/** Whether none of the tenant's feeds would fare better now. */
const stopsTenant = (error: unknown): boolean =>
  error instanceof EntraError || (error instanceof ActivityApiError && error.kind === 'throttled');

async function writeState(pipeline: Pipeline, { value: tenant, etag }: Stored<Tenant>, visit: Visit): Promise<void> {
  const { tenants, clock, log } = pipeline;
  const error = visit.failures.find((failure) => troubleOf(failure) !== undefined);
  const trouble = troubleOf(error);
  const healed = visit.worked ? afterSuccess(tenant) : tenant;
  const after = afterVisit(trouble === undefined ? healed : afterTrouble(tenant, trouble, clock.now()), visit);
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
    const why = trouble === undefined || !(error instanceof Error) ? '' : ` ${error.message}`;
    const what = `From "${tenantWords[tenant.state]}" to "${tenantWords[after.state]}".${why}`;
    await noteHistory(pipeline, tenant.tenantId, what, byRelay);
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

/** The tenant with what its token told, and without the wish for a check that is fulfilled. */
function afterVisit(tenant: Tenant, { missingRoles, isBrokenOff }: Visit): Tenant {
  const isChecked = tenant.checkAskedAt !== undefined && !isBrokenOff;
  const isSame = missingRoles === undefined || missingRoles.join() === (tenant.missingRoles ?? []).join();
  if (!isChecked && isSame) return tenant;
  return {
    ...tenant,
    ...(isChecked ? { checkAskedAt: undefined } : {}),
    ...(isSame ? {} : { missingRoles: missingRoles.length > 0 ? missingRoles : undefined }),
  };
}
