import type { World } from './world.ts';

const minute = 60_000;
const sampleMs = 10 * minute;

/**
 * How long, between two moments, nothing stood between the app and the API of a tenant: no trouble, no pause, storage up,
 * and listers that run as usual. Milliseconds, in steps of ten minutes.
 */
export function calmTime({ troubles, plan }: World, tenantId: string, from: number, to: number): number {
  let calm = 0;
  for (let at = from; at + sampleMs <= to; at += sampleMs) {
    const isTroubled =
      troubles.now('api', at).some((one) => one.tenantId === tenantId) ||
      troubles.now('credential', at).length > 0 ||
      troubles.now('storage', at).length > 0 ||
      troubles.now('paused', at).some((one) => one.tenantId === tenantId) ||
      troubles.now('dropped', at).some((one) => one.tenantId === tenantId);
    // After the storm the listers hardly run for a day.
    if (!isTroubled && at < plan.calmFrom + sampleMs * 18) calm += sampleMs;
  }
  return calm;
}

/** How long processes stood still at most: frozen one after the other, or dead until they were started again. */
export const stoodStill = ({ troubles }: World): number =>
  troubles.of('freeze').reduce((sum, { milliseconds }) => sum + milliseconds, 0) +
  troubles.of('kill').length * 5 * minute;
