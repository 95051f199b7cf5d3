import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { startDeadline } from '../deadline.ts';
import { EntraError } from '../entra/entra-error.ts';
import { forEachLimited } from '../for-each-limited.ts';
import { feedKey } from '../state/feed-key.ts';
import { type Feed, newFeed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Tenant } from '../state/tenants.ts';
import { closeHours } from './close-hours.ts';
import { mostOpenContents } from './due-hours.ts';
import { listFeed } from './list-feed.ts';
import { markCredentialFailing, markThrottled } from './marking.ts';
import type { Pipeline } from './pipeline.ts';
import { ensureSubscriptions } from './subscriptions.ts';
import { afterSuccess, afterTrouble, troubleOf } from './tenant-trouble.ts';

/** Below the 10 minutes after which the platform kills a function together with its worker. */
const cycleMs = 8 * 60_000;

const tenantsAtOnce = 16;

/** States in which a tenant is looked at; the others wait for a person. */
const looked: ReadonlySet<string> = new Set([
  'waiting',
  'active',
  'audit-off',
  'permission-missing',
  'consent-withdrawn',
  'app-disabled',
  'gone',
]);

/**
 * One run of the timer: every tenant that is due is listed, feeds side by side, those that waited longest first; then
 * open hours are closed. Errors of one tenant stay with that tenant.
 * @throws StorageError; the next cycle goes on from what is stored
 */
export async function listCycle(pipeline: Pipeline): Promise<void> {
  const { clock, marks, log } = pipeline;
  using deadline = startDeadline(clock, cycleMs, 'The listing cycle');
  const cycle = await marks.nextCycle();
  if (((await marks.get('credential', 'entra'))?.until ?? 0) > clock.now()) {
    log.warn('listing-paused', { why: 'our own credential is failing' });
  } else {
    await listTenants(pipeline, cycle, deadline.signal);
  }
  await closeDue(pipeline, cycle, deadline.signal);
}

async function listTenants(pipeline: Pipeline, cycle: number, signal: AbortSignal): Promise<void> {
  const { clock, marks, tenants, feeds } = pipeline;
  const now = clock.now();
  const throttled = await marks.all('throttled');
  const feedsByTenant = Map.groupBy(await feeds.all(), ({ value }) => value.tenantId);
  const waited = (tenantId: string): number =>
    Math.min(...(feedsByTenant.get(tenantId) ?? []).map(({ value }) => value.visitedAt ?? 0), now);
  const due = (await tenants.all())
    .filter(({ value }) => looked.has(value.state) && (value.nextCheckAt ?? 0) <= now)
    .filter(({ value }) => (throttled.get(value.tenantId)?.until ?? 0) <= now)
    .toSorted((a, b) => waited(a.value.tenantId) - waited(b.value.tenantId));
  await forEachLimited(due, tenantsAtOnce, async (tenant) => {
    if (signal.aborted) return;
    const known = feedsByTenant.get(tenant.value.tenantId) ?? [];
    await listTenant(pipeline, tenant, known, { cycle, signal });
  });
}

async function listTenant(
  pipeline: Pipeline,
  { value: tenant, etag }: Stored<Tenant>,
  known: readonly Stored<Feed>[],
  { cycle, signal }: { cycle: number; signal: AbortSignal },
): Promise<void> {
  const { clock, log, tenants } = pipeline;
  let after = tenant;
  try {
    const feeds = await withMissingFeeds(pipeline, tenant, known);
    const ready = await ensureSubscriptions(pipeline, tenant, feeds, signal);
    const listed = await Promise.allSettled(
      ready
        .filter(({ value }) => value.state === 'active')
        .map((feed) => listFeed(pipeline, tenant, feed, { cycle, signal })),
    );
    const failures = listed.filter((result) => result.status === 'rejected').map((result): unknown => result.reason);
    await Promise.all(failures.map((failure) => noteFailure(pipeline, tenant, failure)));
    const trouble = failures.map(troubleOf).find((state) => state !== undefined);
    if (trouble !== undefined) after = afterTrouble(tenant, trouble, clock.now());
    else if (failures.length === 0) after = afterSuccess(tenant);
  } catch (error) {
    await noteFailure(pipeline, tenant, error);
    const trouble = troubleOf(error);
    if (trouble !== undefined) after = afterTrouble(tenant, trouble, clock.now());
  }
  if (after === tenant) return;
  try {
    await tenants.replace(after, etag);
    if (after.state !== tenant.state) {
      log.info('tenant-state-changed', { tenantId: tenant.tenantId, from: tenant.state, to: after.state });
    }
  } catch (error) {
    // An operator changed the tenant meanwhile; the next cycle sees the same and says it again.
    if (!(error instanceof RowConflict)) throw error;
  }
}

/** @throws what is neither the API's nor Entra's doing */
async function noteFailure(pipeline: Pipeline, tenant: Tenant, error: unknown): Promise<void> {
  if (error instanceof RowConflict) return;
  if (error instanceof EntraError && error.kind === 'credential-refused') {
    await markCredentialFailing(pipeline, error);
    return;
  }
  if (!(error instanceof ActivityApiError || error instanceof EntraError)) throw error;
  if (error instanceof ActivityApiError && error.kind === 'throttled') {
    await markThrottled(pipeline, tenant.tenantId, error);
  }
  pipeline.log.warn('listing-failed', {
    tenantId: tenant.tenantId,
    kind: error.kind,
    code: error.code,
    error: error.message,
  });
}

async function withMissingFeeds(
  { feeds }: Pipeline,
  tenant: Tenant,
  known: readonly Stored<Feed>[],
): Promise<Stored<Feed>[]> {
  return Promise.all(
    tenant.contentTypes.map(async (contentType) => {
      const found = known.find(({ value }) => value.contentType === contentType);
      if (found) return found;
      const value = newFeed({ tenantId: tenant.tenantId, contentType });
      return { value, etag: await feeds.insert(value) };
    }),
  );
}

/** In every fifth cycle all open hours; in the others those of feeds that are at their bound. */
async function closeDue(pipeline: Pipeline, cycle: number, signal: AbortSignal): Promise<void> {
  const { openHours, feeds } = pipeline;
  const all = await feeds.all();
  const full = all.filter(({ value }) => value.openContents >= mostOpenContents);
  const open =
    cycle % 5 === 0
      ? await openHours.all()
      : (await Promise.all(full.map(({ value }) => openHours.ofFeed(value)))).flat();
  const counted = await closeHours(pipeline, open, signal);
  if (signal.aborted) return;
  const byFeed = Map.groupBy(counted, ({ feed }) => feedKey(feed));
  for (const feed of cycle % 5 === 0 ? all : full) {
    const openContents = (byFeed.get(feedKey(feed.value)) ?? []).reduce((sum, one) => sum + one.openContents, 0);
    if (openContents === feed.value.openContents) continue;
    try {
      await feeds.replace({ ...feed.value, openContents }, feed.etag);
    } catch (error) {
      if (!(error instanceof RowConflict)) throw error;
    }
  }
}
