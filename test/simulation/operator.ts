import type { ContentType } from '../../shared/activity-api/content-types.ts';
import type { Pipeline } from '../../shared/pipeline/pipeline.ts';
import { replayParked } from '../../shared/pipeline/replay-parked.ts';
import { RowConflict, StorageError } from '../../shared/state/table.ts';
import { changeTenant } from '../../shared/tenants/change-tenant.ts';
import { type LeavingQueue, offBoard } from '../../shared/tenants/off-board.ts';
import { TenantError } from '../../shared/tenants/tenant-error.ts';
import type { SimulatedProcess } from './scheduler.ts';
import type { World } from './world.ts';

const minute = 60_000;

interface Act {
  readonly at: number;
  /** @returns whether it is done; a person tries again after a while if it is not */
  readonly work: (pipeline: Pipeline) => Promise<boolean>;
}

/** What persons do in a world, in order. What was begun by a process that died is begun again by the next. */
export async function runOperator(world: World, process: SimulatedProcess, pipeline: Pipeline): Promise<void> {
  const { scheduler } = world;
  for (;;) {
    const acts = actsOf(world);
    const act = acts.toSorted((a, b) => a.at - b.at)[0];
    if (act === undefined) return;
    scheduler.at(act.at, () => undefined);
    await scheduler.when(process, () => scheduler.now() >= act.at);
    try {
      const isDone = await act.work(pipeline);
      acts.splice(acts.indexOf(act), 1, ...(isDone ? [] : [{ ...act, at: scheduler.now() + 5 * minute }]));
    } catch (error) {
      if (!(error instanceof RowConflict || error instanceof StorageError)) throw error;
      await scheduler.sleep(process, minute);
    }
  }
}

const actsOfWorlds = new WeakMap<World, Act[]>();

function actsOf(world: World): Act[] {
  let list = actsOfWorlds.get(world);
  if (list === undefined) actsOfWorlds.set(world, (list = allActs(world)));
  return list;
}

function allActs(world: World): Act[] {
  const { plan, troubles, scheduler } = world;
  const typesOf = (tenantId: string): readonly ContentType[] =>
    plan.tenants.find((one) => one.tenantId === tenantId)?.contentTypes ?? [];
  const without = (tenantId: string, contentType: ContentType): readonly ContentType[] => {
    const others = typesOf(tenantId).filter((one) => one !== contentType);
    return others.length > 0 ? others : ['DLP.All'];
  };
  return [
    ...plan.tenants.map(({ tenantId, contentTypes }) => ({
      at: plan.start,
      work: (pipeline: Pipeline) => addTenant(pipeline, tenantId, contentTypes),
    })),
    ...troubles
      .of('replay')
      .map(({ at }) => ({ at, work: (pipeline: Pipeline) => done(replayParked(pipeline, {}, person)) })),
    ...troubles.of('paused').flatMap(({ tenantId, from, to }) => [
      { at: from, work: (pipeline: Pipeline) => done(changeTenant(pipeline, tenantId, { paused: true }, person)) },
      { at: to, work: (pipeline: Pipeline) => done(changeTenant(pipeline, tenantId, { paused: false }, person)) },
    ]),
    ...troubles.of('type-off').flatMap(({ tenantId, contentType, from, to }) =>
      [
        { at: from, contentTypes: without(tenantId, contentType) },
        { at: to, contentTypes: typesOf(tenantId) },
      ].map(({ at, contentTypes }) => ({
        at,
        work: (pipeline: Pipeline) => done(changeTenant(pipeline, tenantId, { contentTypes }, person)),
      })),
    ),
    ...troubles
      .of('left')
      .flatMap(({ tenantId, queue, from, to }) => [
        ...(queue === 'drop' ? [] : [{ at: from, work: leave(tenantId, 'drain') }]),
        ...(queue === 'drain'
          ? []
          : [{ at: queue === 'drop' ? from : (from + to) / 2, work: leave(tenantId, 'drop') }]),
        { at: to, work: (pipeline: Pipeline) => addTenant(pipeline, tenantId, typesOf(tenantId)) },
      ]),
    ...troubles.of('queue-cleared').map(({ at }) => ({
      at,
      work: () => {
        world.queue.clear();
        return Promise.resolve(true);
      },
    })),
    ...troubles.of('destinations').map(({ at, names }) => ({
      at,
      work: () => {
        world.destinations = names;
        // New settings restart every process, one after the other.
        ['lister1', 'lister2', 'worker1', 'worker2', 'worker3'].forEach((actor, index) => {
          scheduler.at(scheduler.now() + (index + 1) * minute, () => {
            const process = world.processOf(actor);
            if (process) scheduler.kill(process);
          });
        });
        return Promise.resolve(true);
      },
    })),
  ];
}

const person = 'Alex';

/** What cannot be done to a tenant that leaves, or is gone, is not done. */
const done = async (work: Promise<unknown>): Promise<boolean> => {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof TenantError)) throw error;
  }
  return true;
};

const leave =
  (tenantId: string, queue: LeavingQueue) =>
  (pipeline: Pipeline): Promise<boolean> =>
    done(offBoard(pipeline, tenantId, queue, person));

/** Adds a tenant that has consented, as soon as it is gone. */
async function addTenant(
  { tenants, clock }: Pipeline,
  tenantId: string,
  contentTypes: readonly ContentType[],
): Promise<boolean> {
  const found = await tenants.get(tenantId);
  if (found !== undefined) return found.value.state !== 'leaving';
  await tenants.insert({
    tenantId,
    name: `Customer ${tenantId.slice(0, 1)}`,
    cloud: 'worldwide',
    state: 'active',
    contentTypes,
    addedAt: clock.now(),
    invitationHash: undefined,
    consentedAt: clock.now(),
    trouble: undefined,
    nextCheckAt: undefined,
    leaving: undefined,
  });
  return true;
}
