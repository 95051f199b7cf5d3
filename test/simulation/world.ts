import { createMemorySaved, type MemorySaved } from '../support/memory-saved.ts';
import { createMemoryTables } from '../support/memory-tables.ts';
import type { Pipeline } from '../../shared/pipeline/pipeline.ts';
import type { Tables } from '../../shared/state/table.ts';
import { type Account, count, createAccount } from './account.ts';
import type { FeedName } from './calm-time.ts';
import { createChance } from './chance.ts';
import { runWorker, type HostOptions } from './host.ts';
import { createInterference } from './interference.ts';
import { runLister } from './lister.ts';
import { runOperator } from './operator.ts';
import type { Fault, Plan } from './plan.ts';
import { createProcessPipeline } from './process-pipeline.ts';
import { createScheduler, type Scheduler, type SimulatedProcess } from './scheduler.ts';
import { createWorldApi } from './simulated-api.ts';
import { createWorldDestinations } from './simulated-destination.ts';
import { createWorldQueue, type WorldQueue } from './simulated-queue.ts';
import { createSimulatedSaved } from './simulated-saved.ts';
import { createSimulatedTables } from './simulated-tables.ts';
import type { Missed } from './simulated-subscriptions.ts';
import { createTrace, type Trace } from './trace.ts';
import { createTroubles, type Troubles } from './troubles.ts';
import { actors } from './draw-faults.ts';

const minute = 60_000;

/** A deliberate fault of the app, to show that it is found. */
export type Hole = (pipeline: Pipeline) => Pipeline;

/** A whole run: what was planned, and what there is while it goes on. */
export interface World {
  readonly plan: Plan;
  readonly troubles: Troubles;
  readonly scheduler: Scheduler;
  readonly tables: Tables;
  readonly queue: WorldQueue;
  readonly saved: MemorySaved;
  readonly account: Account;
  readonly trace: Trace;
  /** Names of the destinations that processes started from now on are configured with. */
  destinations: readonly string[];
  /** When a feed had no subscription any more, at Microsoft. */
  missed(feed: FeedName): readonly Missed[];
  /** Cycles that listers have carried through. */
  cycles: number;
  /** Starts a process of this actor; the one before is dead. */
  start(actor: string): void;
  /** The newest process of an actor. */
  processOf(actor: string): SimulatedProcess | undefined;
  /** A pipeline that looks at the same world without being part of it: no faults, no turns. */
  onlooker(): Pipeline;
}

export interface WorldOptions {
  /** The faults of the plan that happen. */
  readonly faults: readonly Fault[];
  readonly hole?: Hole | undefined;
  /** Lines of the trace that are kept. */
  readonly kept: number;
  readonly isDetailed: boolean;
}

export function createWorld(
  plan: Plan,
  { faults, hole = (pipeline) => pipeline, kept, isDetailed }: WorldOptions,
): World {
  const chance = createChance(`${plan.seed}/world`);
  const troubles = createTroubles(faults);
  const trace = createTrace(plan.start, kept, isDetailed);
  const generations = new Map<string, SimulatedProcess[]>();
  const tables = createMemoryTables();
  const saved = createMemorySaved();
  const account = createAccount({ now: () => scheduler.now(), steps: () => scheduler.steps() });
  const queue = createWorldQueue(
    () => scheduler,
    (_process, text) => {
      const { contents } = JSON.parse(text) as { contents: { id: string }[] };
      for (const { id } of contents) count(account.messages, id);
    },
  );
  const interfere = createInterference(troubles, () => scheduler.now());
  const scheduler: Scheduler = createScheduler({
    start: plan.start,
    chance: chance.stream('turns'),
    stickiness: plan.stickiness,
    trace,
    nextChange: (now) => queue.nextVisible(now),
    interfere(step) {
      const interference = interfere(step);
      if (interference?.what === 'freeze') {
        for (const one of account.invocations) if (one.process === step.process && one.active) one.frozen = true;
      }
      return interference;
    },
    onKill(process) {
      account.killed.set(process, scheduler.steps());
      const delay = Math.floor(chance.stream(process.name).spread(1000, 5 * minute));
      scheduler.at(scheduler.now() + delay, () => {
        world.start(process.actor);
      });
    },
  });
  const api = createWorldApi(plan.contents, troubles, scheduler, chance.stream('api'), {
    fetched: (_process, id) => {
      count(account.fetches, id);
    },
    fetchedStopped: (process, { id, tenantId }) => {
      const isLeaving = account.tenantAt(tenantId, scheduler.now())?.['state'] === 'leaving';
      const isFrozen = account.invocations.some((one) => one.process === process && one.active && one.frozen);
      if (isLeaving && !isFrozen) account.complaints.push(`${id} was asked for after its tenant had left`);
    },
    garbled: (id) => {
      count(account.garbled, id);
    },
  });
  const destinations = createWorldDestinations(troubles, scheduler, chance.stream('destinations'), {
    requested: (name) => {
      account.requested(name);
    },
    took: (process, name, delivery, answered) => {
      account.took(process, name, delivery, answered);
    },
  });
  const host: HostOptions = {
    scheduler,
    queue,
    account,
    chance: chance.stream('host'),
    isQueueUp: () => !troubles.now('storage', scheduler.now()).some(({ part }) => part === 'queue'),
    isTwice: (delivery) => troubles.of('message-twice').some((one) => one.delivery === delivery),
  };

  const pipelineOf = (process: SimulatedProcess): Pipeline =>
    hole(
      createProcessPipeline(
        process,
        {
          tables: createSimulatedTables(tables, process, scheduler, account),
          queue: queue.forProcess(process),
          saved: createSimulatedSaved(saved, process, scheduler),
          api: api.forProcess(process),
          destinations: world.destinations.map((name) => destinations.forProcess(process, name)),
        },
        {
          scheduler,
          chance: chance.stream(process.name),
          batchSize: plan.batchSize,
          log: (event, fields) => {
            trace.note(scheduler.now(), process.name, `says ${event} ${JSON.stringify(fields)}`);
          },
        },
      ),
    );

  const world: World = {
    plan,
    troubles,
    scheduler,
    tables,
    queue,
    saved,
    account,
    trace,
    destinations: plan.destinations,
    missed: (feed) => api.missed(feed),
    cycles: 0,
    processOf: (actor) => generations.get(actor)?.at(-1),
    start(actor) {
      const before = generations.get(actor) ?? [];
      const process = { actor, name: `${actor}.${before.length + 1}`, alive: true, frozenUntil: 0 };
      generations.set(actor, [...before, process]);
      const pipeline = pipelineOf(process);
      const running = actor.startsWith('worker')
        ? runWorker(process, pipeline, host, 2)
        : actor.startsWith('lister')
          ? runLister(world, process, pipeline)
          : runOperator(world, process, pipeline);
      running.catch((error: unknown) => {
        account.complaints.push(`${process.name} broke: ${String((error as Error).stack ?? error)}`);
      });
    },
    onlooker() {
      const process = { actor: 'onlooker', name: 'onlooker', alive: true, frozenUntil: 0 };
      return {
        ...pipelineOf(process),
        ...createProcessPipeline(
          process,
          { tables, queue: queue.forProcess(process), saved, api: api.forProcess(process), destinations: [] },
          { scheduler, chance: chance.stream('onlooker'), batchSize: plan.batchSize, log: () => undefined },
        ),
      };
    },
  };
  for (const actor of actors) world.start(actor);
  return world;
}
