import { listCycle } from '../../shared/pipeline/list-cycle.ts';
import type { Pipeline } from '../../shared/pipeline/pipeline.ts';
import { createChance } from './chance.ts';
import { invoke } from './host.ts';
import type { SimulatedProcess } from './scheduler.ts';
import type { World } from './world.ts';

const minute = 60_000;
const hour = 60 * minute;

/** How long after the storm cycles come as often as before; then hardly ever, until every hour is due to be swept. */
const livelyMs = 3 * hour;
const sparseCycleMs = 8 * hour;
const sparseUntilMs = 27 * hour;
const lastCycleMs = 10 * minute;

/** What half of the runs are told of when the next is due, so that tenants whose API hangs (30 s) outlast cycles of the others. */
const impatienceMs = 10_000;

/** How often the second lister runs beside the first. */
const overlapShare = 0.1;

/** When the cycle after a moment begins. */
function nextTick({ plan: { start, calmFrom, cycleMs } }: World, now: number): number {
  const next = (from: number, every: number): number => from + (Math.floor((now - from) / every) + 1) * every;
  if (now < calmFrom + livelyMs) return next(start, cycleMs);
  return now < calmFrom + sparseUntilMs ? next(calmFrom + livelyMs, sparseCycleMs) : next(start, lastCycleMs);
}

/** The timer in one process: the platform sees to it that one runs at a time, more or less. */
export async function runLister(world: World, process: SimulatedProcess, pipeline: Pipeline): Promise<never> {
  const { scheduler, plan, account } = world;
  const chance = createChance(`${plan.seed}/${process.name}`);
  const patience = createChance(`${plan.seed}/${process.name}/patience`);
  const isSecond = process.actor === 'lister2';
  for (;;) {
    const tick = nextTick(world, scheduler.now());
    scheduler.at(tick, () => undefined);
    await scheduler.when(process, () => scheduler.now() >= tick);
    if (isSecond) {
      const first = world.processOf('lister1');
      const isFirstFine = first?.alive === true && first.frozenUntil <= scheduler.now();
      if (isFirstFine && !chance.happens(overlapShare)) continue;
    }
    const isDone = await invoke(process, 'cycle', '', { scheduler, account }, () =>
      listCycle(pipeline, patience.happens(0.5) ? impatienceMs : undefined),
    );
    if (isDone) world.cycles += 1;
  }
}
