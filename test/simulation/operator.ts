import type { Pipeline } from '../../shared/pipeline/pipeline.ts';
import { replayParked } from '../../shared/pipeline/replay-parked.ts';
import { RowConflict, StorageError } from '../../shared/state/table.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import { byKey } from '../../shared/tenants/note-history.ts';
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
    const act = actsOf(world)[0];
    if (act === undefined) return;
    scheduler.at(act.at, () => undefined);
    await scheduler.when(process, () => scheduler.now() >= act.at);
    try {
      if (await act.work(pipeline)) actsOf(world).shift();
      else await scheduler.sleep(process, 5 * minute);
    } catch (error) {
      if (!(error instanceof RowConflict || error instanceof StorageError)) throw error;
      await scheduler.sleep(process, minute);
    }
  }
}

const acts = new WeakMap<World, Act[]>();

function actsOf(world: World): Act[] {
  let list = acts.get(world);
  if (list === undefined) acts.set(world, (list = allActs(world).sort((a, b) => a.at - b.at)));
  return list;
}

function allActs(world: World): Act[] {
  const { plan, troubles, scheduler } = world;
  return [
    ...plan.tenants.map(({ tenantId }) => ({
      at: plan.start,
      work: (pipeline: Pipeline) => addTenant(pipeline, world, tenantId),
    })),
    ...troubles
      .of('replay')
      .map(({ at }) => ({ at, work: (pipeline: Pipeline) => done(replayParked(pipeline, {}, byKey)) })),
    ...troubles.of('paused').flatMap(({ tenantId, from, to }) => [
      { at: from, work: (pipeline: Pipeline) => change(pipeline, tenantId, 'active', { state: 'paused' }) },
      { at: to, work: (pipeline: Pipeline) => change(pipeline, tenantId, 'paused', { state: 'active' }) },
    ]),
    ...troubles.of('dropped').flatMap(({ tenantId, from, to }) => [
      {
        at: from,
        work: (pipeline: Pipeline) => change(pipeline, tenantId, undefined, { state: 'leaving', leaving: 'drop' }),
      },
      { at: to, work: (pipeline: Pipeline) => addTenant(pipeline, world, tenantId) },
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

const done = async (work: Promise<unknown>): Promise<boolean> => {
  await work;
  return true;
};

/** @param from the state that the tenant must be in; else nothing is done */
async function change(
  { tenants }: Pipeline,
  tenantId: string,
  from: Tenant['state'] | undefined,
  to: Partial<Tenant>,
): Promise<boolean> {
  const found = await tenants.get(tenantId);
  if (found === undefined || (from !== undefined && found.value.state !== from)) return true;
  await tenants.replace({ ...found.value, ...to }, found.etag);
  return true;
}

/** Adds a tenant that has consented; one that is still leaving can be added when nothing of it is left to settle. */
async function addTenant(
  { tenants, hours, openHours, clock }: Pipeline,
  { plan }: World,
  tenantId: string,
): Promise<boolean> {
  const contentTypes = plan.tenants.find((one) => one.tenantId === tenantId)?.contentTypes ?? [];
  const tenant: Tenant = {
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
  };
  const found = await tenants.get(tenantId);
  if (found === undefined) {
    await tenants.insert(tenant);
    return true;
  }
  if (found.value.state !== 'leaving') return true;
  for (const contentType of contentTypes) {
    for (const { feed, hour } of await openHours.ofFeed({ tenantId, contentType })) {
      // A row whose hour a lister never came to write says nothing.
      if ((await hours.get(feed, hour)) !== undefined) return false;
    }
  }
  await tenants.replace(tenant, found.etag);
  return true;
}
