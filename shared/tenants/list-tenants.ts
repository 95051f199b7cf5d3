import { recordsToday } from '../pipeline/day-records.ts';
import type { Relay } from '../relay.ts';
import type { Feed } from '../state/feeds.ts';
import type { Tenant, TenantState } from '../state/tenants.ts';
import { isWanted, shownState } from './feed-state.ts';
import { nextStep } from './next-step.ts';

/** One tenant among many. */
export interface TenantSummary {
  readonly tenantId: string;
  readonly name: string;
  readonly domain: string | undefined;
  readonly state: TenantState;
  readonly nextStep: string;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
  /** Of the active feed that is furthest behind, by its position; `undefined` if none is active. */
  readonly lagSeconds: number | undefined;
  /** Delivered of today's contents (UTC), as far as their hours are closed. */
  readonly recordsToday: number;
}

/** All tenants, from two queries: a list of a thousand reads no ledgers. @throws StorageError */
export async function listTenants(relay: Pick<Relay, 'tenants' | 'feeds' | 'clock'>): Promise<TenantSummary[]> {
  const [tenants, feeds] = await Promise.all([relay.tenants.all(), relay.feeds.all()]);
  const byTenant = Map.groupBy(
    feeds.map(({ value }) => value),
    ({ tenantId }) => tenantId,
  );
  const now = relay.clock.now();
  return tenants.map(({ value }) => summaryOf(value, byTenant.get(value.tenantId) ?? [], now));
}

function summaryOf(tenant: Tenant, feeds: readonly Feed[], now: number): TenantSummary {
  const standings = feeds
    .filter((feed) => isWanted(tenant, feed))
    .map((feed) => ({
      contentType: feed.contentType,
      state: shownState(tenant, feed),
      lagSeconds: feed.position === undefined ? undefined : Math.max(0, Math.round((now - feed.position) / 1000)),
    }));
  const lags = standings.flatMap(({ state, lagSeconds }) => (state === 'active' ? (lagSeconds ?? []) : []));
  const { tenantId, name, domain, state, addedAt } = tenant;
  return {
    tenantId,
    name,
    domain,
    state,
    nextStep: nextStep(tenant, standings, now),
    addedAt,
    lagSeconds: lags.length === 0 ? undefined : Math.max(...lags),
    recordsToday: feeds.reduce((sum, { delivered }) => sum + recordsToday(now, delivered), 0),
  };
}
