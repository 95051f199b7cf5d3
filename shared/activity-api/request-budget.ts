import type { Clock } from '../clock.ts';
import type { TenantAddress } from '../entra/clouds.ts';
import type { RequestUse } from './request-use.ts';
import { createTurns } from './turns.ts';

/** What one instance may ask of each tenant's API, so that the tenant's quota is left to others as well. */
export interface RequestBudget {
  /**
   * Resolves when one more request may be sent. Those who wait are served in order, listing and fetching by turns.
   * @throws the signal's reason; what was not sent is left to the others
   */
  take(tenant: TenantAddress, use: RequestUse, signal: AbortSignal): Promise<void>;
}

const minuteMs = 60_000;

/**
 * A token bucket for each tenant. A tenth of the minute's requests may go at once, and the rest trickles in so that no
 * minute, wherever it begins, holds more than was granted.
 *
 * @param requestsPerMinute per tenant; Microsoft's baseline is 2,000 a minute and tenant for all who read it
 */
export function createRequestBudget(requestsPerMinute: number, clock: Clock): RequestBudget {
  const burst = Math.max(1, Math.floor(requestsPerMinute / 10));
  const intervalMs = minuteMs / Math.max(1, requestsPerMinute - burst);
  /** By tenant, when its bucket is full again if nothing more is taken. */
  const fullAt = new Map<string, number>();
  // Of each use one waits for its slot and the rest for that one: a long queue of fetches is not before a listing, and
  // what many give up together leaves no hole.
  const turns = createTurns(1);
  let nextSweep = clock.now() + minuteMs;

  function sweep(now: number): void {
    if (now < nextSweep) return;
    nextSweep = now + minuteMs;
    for (const [key, time] of fullAt) if (time <= now) fullAt.delete(key);
  }

  return {
    async take({ cloud, tenantId }, use, signal) {
      const key = `${cloud}/${tenantId.toLowerCase()}`;
      const endTurn = await turns.take(`${use} ${key}`, signal);
      const now = clock.now();
      sweep(now);
      const full = Math.max(fullAt.get(key) ?? now, now) + intervalMs;
      fullAt.set(key, full);
      // Whole milliseconds, so that what rounding left over is no wait.
      const waitMs = Math.ceil(full - burst * intervalMs - now - 0.001);
      try {
        if (waitMs > 0) await clock.sleep(waitMs, signal);
      } catch (error) {
        fullAt.set(key, (fullAt.get(key) ?? full) - intervalMs);
        throw error;
      } finally {
        endTurn();
      }
    },
  };
}
