import { gather } from './evidence.ts';
import { judgeArrivals } from './judge-arrivals.ts';
import { judgeCounts } from './judge-counts.ts';
import { judgeEffort } from './judge-effort.ts';
import { judgeGaps } from './judge-gaps.ts';
import { judgeHours } from './judge-hours.ts';
import { judgeSaved } from './judge-saved.ts';
import { judgeSettled } from './judge-settled.ts';
import { judgeStops } from './judge-stops.ts';
import { judgeViews } from './judge-views.ts';
import type { World } from './world.ts';

/** Whether all promises were kept in a world that has come to rest. @returns a sentence for each that was not */
export async function judge(world: World): Promise<string[]> {
  const evidence = await gather(world);
  return [
    ...judgeSettled(world, evidence),
    ...judgeArrivals(world),
    ...judgeCounts(world, evidence),
    ...judgeHours(evidence),
    ...judgeSaved(world, evidence),
    ...judgeGaps(world, evidence),
    ...(await judgeStops(world, evidence)),
    ...judgeEffort(world),
    ...(await judgeViews(world, evidence)),
  ];
}
