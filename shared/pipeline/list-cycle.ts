import { startDeadline } from '../deadline.ts';
import { EntraError } from '../entra/entra-error.ts';
import { forEachLimited } from '../for-each-limited.ts';
import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import type { TenantState } from '../state/tenants.ts';
import { closeDue } from './close-due.ts';
import { finishLeaving } from './leaving.ts';
import { mostOpenContents } from './due-hours.ts';
import { type CycleBounds, listTenant } from './list-tenant.ts';
import { markCredentialFailing } from './marking.ts';
import type { Pipeline } from './pipeline.ts';
import { forgetOldMonths } from './retention.ts';

const minute = 60_000;

/** Below the 10 minutes after which the platform kills a function together with its worker. */
const cycleMs = 8 * minute;

/** What is left of a cycle belongs to Close: listing that never gets done must not keep it from looking at anything. */
const listingMs = 6 * minute;

/** And of that the last minute to the feeds: hours that never get done must not keep gaps from being shown. */
const closingMs = 7 * minute;

const tenantsAtOnce = 16;

/** How many cycles pass until old months are looked for again. */
const retentionCycles = 60;

/** A feed with this many open contents is listed faster than it is forwarded ... */
const backlogFrom = mostOpenContents / 4;

/** ... and comes after those without a backlog, unless it has waited this long. */
const mostPatienceMs = 15 * minute;

/** States in which a tenant is looked at; the others wait for a person. */
const looked: ReadonlySet<TenantState> = new Set<TenantState>([
  'waiting',
  'active',
  'audit-off',
  'permission-missing',
  'consent-withdrawn',
  'app-disabled',
  'gone',
]);

/**
 * One run of the timer: every tenant that is due is listed, those with a growing
 * backlog last, else those that waited longest first; then open hours are closed, and those
 * who leave seen off. What fails in one tenant or one hour stays there.
 * @throws StorageError, when all else was done; the next cycle goes on from what is stored
 */
export async function listCycle(pipeline: Pipeline): Promise<void> {
  const { clock, marks, log } = pipeline;
  using whole = startDeadline(clock, cycleMs, 'The listing cycle');
  using listing = startDeadline(clock, listingMs, 'Listing', whole.signal);
  using closing = startDeadline(clock, closingMs, 'Closing hours', whole.signal);
  const failures: unknown[] = [];
  const cycle = await marks.nextCycle();
  if (((await marks.get('credential', 'entra'))?.until ?? 0) > clock.now()) {
    log.warn('listing-paused', { why: 'our own credential is failing' });
  } else {
    failures.push(...(await listTenants(pipeline, { cycle, signal: listing.signal })));
  }
  failures.push(...(await closeDue(pipeline, { cycle, signal: whole.signal, hoursSignal: closing.signal })));
  failures.push(...(await finishLeaving(pipeline, whole.signal)));
  if (cycle % retentionCycles === 0) await forgetOldMonths(pipeline);
  if (failures.length > 0) throw failures[0];
}

/** @returns what is not the tenants' doing: errors of our storage */
async function listTenants(pipeline: Pipeline, { cycle, signal }: CycleBounds): Promise<unknown[]> {
  const { clock, marks, tenants, feeds, log } = pipeline;
  const now = clock.now();
  const throttled = await marks.all('throttled');
  const feedsByTenant = Map.groupBy(await feeds.all(), ({ value }) => value.tenantId);
  const turnOf = (tenantId: string): number => turn(feedsByTenant.get(tenantId) ?? [], now);
  const due = (await tenants.all())
    .filter(({ value }) => looked.has(value.state) && (value.nextCheckAt ?? 0) <= now)
    .filter(({ value }) => (throttled.get(value.tenantId)?.until ?? 0) <= now)
    .toSorted((a, b) => turnOf(a.value.tenantId) - turnOf(b.value.tenantId));
  const failures: unknown[] = [];
  const stop = new AbortController();
  const bounds = { cycle, signal: AbortSignal.any([signal, stop.signal]) };
  await forEachLimited(due, tenantsAtOnce, async (tenant) => {
    if (bounds.signal.aborted) return;
    const { tenantId } = tenant.value;
    try {
      await listTenant(pipeline, tenant, feedsByTenant.get(tenantId) ?? [], bounds);
    } catch (error) {
      if (error instanceof EntraError) {
        stop.abort(error);
        return;
      }
      failures.push(error);
      log.error('tenant-not-listed', { tenantId, error: String(error) });
    }
  });
  if (stop.signal.reason instanceof EntraError) await markCredentialFailing(pipeline, stop.signal.reason);
  return failures;
}

/**
 * When it is a tenant's turn, the lowest first: when any feed of it was last looked at; one that never was goes first. One
 * with a backlog comes after the others, so that nobody waits for what only makes a long queue longer; not for ever.
 */
function turn(feeds: readonly Stored<Feed>[], now: number): number {
  const visitedAt = Math.max(0, ...feeds.map(({ value }) => value.visitedAt ?? 0));
  const grows = feeds.some(({ value }) => value.openContents >= backlogFrom);
  return grows && visitedAt > now - mostPatienceMs ? visitedAt + mostPatienceMs : visitedAt;
}
