import { isSettled } from '../../shared/state/ledger-row.ts';
import { drawPlan } from './draw-plan.ts';
import { judge } from './judge.ts';
import type { Fault, Plan } from './plan.ts';
import { createWorld, type Hole, type World } from './world.ts';

const hour = 3_600_000;

/** After this long without faults every hour within reach has been swept. */
const sweptAfterMs = 26 * hour;
/** And after this long all that is left to do must be done. */
const patienceMs = 80 * hour;
/** Cycles after the last content was settled: enough for Close to have looked at everything. */
const lastCycles = 7;
/** More than any run needs: a world in which someone turns in circles without time passing. */
const mostSteps = 3_000_000;

export interface RunOptions {
  readonly profile?: string | undefined;
  /** Numbers of the plan's faults that happen; all if not given. */
  readonly faults?: ReadonlySet<number> | undefined;
  readonly hole?: Hole | undefined;
  /** Lines of the trace that are kept; default 200. */
  readonly kept?: number | undefined;
  /** Whether they tell of rows and records. */
  readonly isDetailed?: boolean | undefined;
}

export interface Run {
  readonly plan: Plan;
  readonly faults: readonly Fault[];
  readonly world: World;
  /** What is not as it should be, a sentence each; none if all is well. */
  readonly violations: readonly string[];
}

/** Runs one world from its beginning until it is idle, and judges what came of it. */
export async function run(seed: string, options: RunOptions = {}): Promise<Run> {
  const plan = drawPlan(seed, options.profile);
  const faults = plan.faults.filter((_fault, index) => options.faults?.has(index) !== false);
  const world = createWorld(plan, {
    faults,
    hole: options.hole,
    kept: options.kept ?? 200,
    isDetailed: options.isDetailed === true,
  });
  const { scheduler, account } = world;
  let idleCycles = 0;
  let cyclesSeen = 0;
  await scheduler.run(() => {
    if (scheduler.now() > plan.calmFrom + patienceMs || scheduler.steps() > mostSteps) return true;
    if (world.cycles === cyclesSeen || scheduler.now() < plan.calmFrom + sweptAfterMs) return false;
    cyclesSeen = world.cycles;
    idleCycles = isQuiet(world) ? idleCycles + 1 : 0;
    return idleCycles > lastCycles;
  });
  const violations = [...account.complaints];
  if (idleCycles <= lastCycles)
    violations.push(`Not idle ${(scheduler.now() - plan.calmFrom) / hour} hours after the last fault`);
  violations.push(...(await judge(world)));
  return { plan, faults, world, violations };
}

/** Whether nothing is under way and every content is settled. */
const isQuiet = ({ queue, account }: World): boolean =>
  queue.messages.length === 0 &&
  !account.invocations.some(({ active, process, messageId }) => active && process.alive && messageId !== '') &&
  [...account.states.values()].every(isSettled);
