import type { ActivityApi } from '../../shared/activity-api/activity-api.ts';
import { applicationRoles } from '../../shared/activity-api/content-types.ts';
import type { Destination } from '../../shared/delivery/destination.ts';
import type { Log, LogFields } from '../../shared/log.ts';
import type { Pipeline } from '../../shared/pipeline/pipeline.ts';
import { createRepeats } from '../../shared/repeats/create-repeats.ts';
import type { ContentQueue } from '../../shared/state/content-queue.ts';
import type { SavedStore } from '../../shared/state/saved.ts';
import { createStores } from '../../shared/state/stores.ts';
import type { Tables } from '../../shared/state/table.ts';
import { createFakeTokens } from '../support/fake-tokens.ts';
import type { Chance } from './chance.ts';
import type { Scheduler, SimulatedProcess } from './scheduler.ts';

/** What a process reaches of the world. */
export interface Surroundings {
  readonly tables: Tables;
  readonly queue: ContentQueue;
  readonly saved: SavedStore;
  readonly api: ActivityApi;
  readonly destinations: readonly Destination[];
}

/** The real pipeline of one process, with memory of its own. */
export function createProcessPipeline(
  process: SimulatedProcess,
  { tables, ...around }: Surroundings,
  world: { scheduler: Scheduler; chance: Chance; batchSize: number; log: (event: string, fields: LogFields) => void },
): Pipeline {
  const { scheduler, chance } = world;
  const note = (event: string, fields: LogFields = {}): void => {
    world.log(event, fields);
  };
  const log: Log = { info: note, warn: note, error: note };
  let tokens = 0;
  const clock = {
    now: () => scheduler.now(),
    sleep: (milliseconds: number, signal?: AbortSignal) => scheduler.sleep(process, milliseconds, signal),
  };
  const stores = createStores(tables, clock);
  return {
    ...around,
    // What goes wrong with tokens goes wrong with the calls that they are for.
    tokens: createFakeTokens(applicationRoles),
    clock,
    random: { fraction: () => chance.fraction(), token: () => `${process.name}-${(tokens += 1)}` },
    log,
    ...stores,
    repeats: createRepeats({ seen: stores.seen, clock, retentionDays: 30 }),
    batchSize: world.batchSize,
    retentionDays: 30,
  };
}
