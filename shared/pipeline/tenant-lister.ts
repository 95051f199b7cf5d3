import { EntraError } from '../entra/entra-error.ts';
import { forEachLimited } from '../for-each-limited.ts';
import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import type { Tenant, TenantState } from '../state/tenants.ts';
import { mostOpenContents } from './due-hours.ts';
import { listTenant } from './list-tenant.ts';
import { markCredentialFailing } from './marking.ts';
import type { Pipeline } from './pipeline.ts';

const minute = 60_000;

const tenantsAtOnce = 16;

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

/** Lists tenants for one run of the timer, turn by turn; a tenant that takes longer than a turn keeps no other from the next. */
export interface TenantLister {
  /**
   * Lists every tenant that is due and not being listed already, those with a growing backlog last, else those that waited
   * longest first. What fails in one tenant stays there.
   * @param turn when it is over, no more tenants are begun
   * @returns when they are done, or the turn is over @throws StorageError
   */
  list(cycle: number, turn: AbortSignal): Promise<void>;
  /** Resolves when no tenant is being listed any more, or the turn is over. */
  done(turn?: AbortSignal): Promise<void>;
  isDone(): boolean;
  readonly isListing: (tenantId: string) => boolean;
  /** What is not the tenants' doing: errors of our storage. */
  readonly failures: readonly unknown[];
}

/** @param signal when everything has to end */
export function createTenantLister(pipeline: Pipeline, signal: AbortSignal): TenantLister {
  const { clock, marks, tenants, feeds, log } = pipeline;
  const failures: unknown[] = [];
  const inHand = new Map<string, Promise<void>>();
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);

  async function listOne(tenant: Stored<Tenant>, known: readonly Stored<Feed>[], cycle: number): Promise<void> {
    try {
      await listTenant(pipeline, tenant, known, { cycle, signal: over });
    } catch (error) {
      if (error instanceof EntraError) {
        if (!stop.signal.aborted) await stopAll(error);
        return;
      }
      failures.push(error);
      log.error('tenant-not-listed', { tenantId: tenant.value.tenantId, error: String(error) });
    }
  }

  /** Our own credential fails: nobody fares any better. */
  async function stopAll(error: EntraError): Promise<void> {
    stop.abort(error);
    await markCredentialFailing(pipeline, error).catch((failure: unknown) => failures.push(failure));
  }

  return {
    failures,
    async list(cycle, turn) {
      const now = clock.now();
      const throttled = await marks.all('throttled');
      const feedsByTenant = Map.groupBy(await feeds.all(), ({ value }) => value.tenantId);
      const feedsOf = ({ value }: Stored<Tenant>): readonly Stored<Feed>[] => feedsByTenant.get(value.tenantId) ?? [];
      const due = (await tenants.all())
        .filter(({ value }) => looked.has(value.state) && (value.nextCheckAt ?? 0) <= now)
        .filter(({ value }) => (throttled.get(value.tenantId)?.until ?? 0) <= now)
        .toSorted((a, b) => placeInTurn(feedsOf(a), now) - placeInTurn(feedsOf(b), now));
      const listed = forEachLimited(due, tenantsAtOnce, async (tenant) => {
        const { tenantId } = tenant.value;
        if (over.aborted || turn.aborted || inHand.has(tenantId)) return;
        const listing = listOne(tenant, feedsOf(tenant), cycle);
        inHand.set(tenantId, listing);
        await listing;
        inHand.delete(tenantId);
      });
      await Promise.race([listed, aborted(turn)]);
    },
    async done(turn) {
      const all = Promise.all(inHand.values());
      await (turn === undefined ? all : Promise.race([all, aborted(turn)]));
    },
    isDone: () => inHand.size === 0,
    isListing: (tenantId) => inHand.has(tenantId),
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });

/**
 * When it is a tenant's turn, the lowest first: when any feed of it was last looked at; one that never was goes first. One
 * with a backlog comes after the others, so that nobody waits for what only makes a long queue longer; not for ever.
 */
function placeInTurn(feeds: readonly Stored<Feed>[], now: number): number {
  const visitedAt = Math.max(0, ...feeds.map(({ value }) => value.visitedAt ?? 0));
  const grows = feeds.some(({ value }) => value.openContents >= backlogFrom);
  return grows && visitedAt > now - mostPatienceMs ? visitedAt + mostPatienceMs : visitedAt;
}
