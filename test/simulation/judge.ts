import { gather } from './evidence.ts';
import { judgeArrivals } from './judge-arrivals.ts';
import { judgeCounts } from './judge-counts.ts';
import { judgeHours } from './judge-hours.ts';
import { judgeSettled } from './judge-settled.ts';
import type { World } from './world.ts';

/** Whether all promises were kept in a world that has come to rest. @returns a sentence for each that was not */
export async function judge(world: World): Promise<string[]> {
  const evidence = await gather(world);
  return [judgeSettled, judgeArrivals, judgeCounts, judgeHours].flatMap((one) => one(world, evidence));
}
