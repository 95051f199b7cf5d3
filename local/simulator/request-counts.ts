import type { RequestCount, RequestCounts } from './simulation.ts';

/** Counts requests by operation, tenant and status. */
export function createRequestCounts(): RequestCounts {
  const counts = new Map<string, RequestCount>();
  return {
    add(operation, tenantId, status) {
      const key = `${operation} ${tenantId} ${status}`;
      counts.set(key, { operation, tenantId, status, count: (counts.get(key)?.count ?? 0) + 1 });
    },
    list: () => [...counts.values()],
    clear() {
      counts.clear();
    },
  };
}
