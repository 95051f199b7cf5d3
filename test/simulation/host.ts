import type { Pipeline } from '../../shared/pipeline/pipeline.ts';
import { receiveMessage, receivePoison } from '../../shared/pipeline/receive-message.ts';
import { RowConflict, StorageError } from '../../shared/state/table.ts';
import type { Account, Invocation } from './account.ts';
import type { Chance } from './chance.ts';
import type { Scheduler, SimulatedProcess } from './scheduler.ts';
import type { QueuedMessage, WorldQueue } from './simulated-queue.ts';

/** The platform kills a worker whose function takes longer. */
const limitMs = 10 * 60_000;

/** How the platform runs functions in a process. */
export interface HostOptions {
  readonly scheduler: Scheduler;
  readonly queue: WorldQueue;
  readonly account: Account;
  readonly chance: Chance;
  /** Whether the queue answers at all. */
  readonly isQueueUp: () => boolean;
  /** Whether the message that is delivered as the nth can be taken by another as well. */
  readonly isTwice: (delivery: number) => boolean;
}

/** Delivers messages to a process, several at once, for as long as it lives. */
export async function runWorker(
  process: SimulatedProcess,
  pipeline: Pipeline,
  options: HostOptions,
  atOnce: number,
): Promise<never> {
  const { scheduler, queue, chance } = options;
  let active = 0;
  for (;;) {
    await scheduler.when(process, () => active < atOnce && options.isQueueUp() && queue.hasVisible(scheduler.now()));
    const message = queue.take(scheduler.now(), chance.fraction());
    if (message === undefined) continue;
    active += 1;
    void deliver(process, pipeline, message, options).then(() => {
      active -= 1;
    });
  }
}

const deliveries = new WeakMap<WorldQueue, number>();

async function deliver(
  process: SimulatedProcess,
  pipeline: Pipeline,
  message: QueuedMessage,
  options: HostOptions,
): Promise<void> {
  const { scheduler, queue, account } = options;
  const delivery = (deliveries.get(queue) ?? 0) + 1;
  deliveries.set(queue, delivery);
  if (options.isTwice(delivery)) queue.showAgain(message, scheduler.now());
  const { id, dequeueCount, poison } = message;
  const work = `${poison ? 'poison message' : 'message'} ${id}/${dequeueCount}`;
  const isDone = await invoke(process, work, id, options, async (invocation) => {
    keepInvisible(message, invocation, options);
    const parsed: unknown = JSON.parse(message.text);
    if (poison) await receivePoison(pipeline, parsed);
    else await receiveMessage(pipeline, parsed, { messageId: id, dequeueCount });
  });
  await scheduler.step(process, 'host', `${isDone ? 'ends' : 'fails'} ${work}`, () => {
    if (!options.isQueueUp()) return;
    if (!isDone) queue.failed(message, scheduler.now());
    else if (!queue.remove(message))
      account.operations.set('stale receipts', (account.operations.get('stale receipts') ?? 0) + 1);
  });
}

/** Runs one function to its end, unless the platform's limit comes first. @returns whether it did what it should */
export async function invoke(
  process: SimulatedProcess,
  what: string,
  messageId: string,
  { scheduler, account }: Pick<HostOptions, 'scheduler' | 'account'>,
  work: (invocation: Invocation) => Promise<void>,
): Promise<boolean> {
  const invocation: Invocation = {
    process,
    messageId,
    begunAt: scheduler.steps(),
    active: true,
    frozen: process.frozenUntil > scheduler.now(),
    inHand: new Set(),
  };
  account.invocations.push(invocation);
  scheduler.at(scheduler.now() + limitMs, () => {
    if (!invocation.active || !process.alive) return;
    if (!invocation.frozen) account.complaints.push(`${what} in ${process.name} took longer than 10 minutes`);
    scheduler.kill(process);
  });
  try {
    await scheduler.step(process, 'host', `begins ${what}`, () => undefined);
    await work(invocation);
    return true;
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof RowConflict)) {
      account.complaints.push(`${what} in ${process.name} threw ${String((error as Error).stack ?? error)}`);
    }
    return false;
  } finally {
    invocation.active = false;
  }
}

/** The host says now and then that work goes on, unless it is frozen with its process. */
function keepInvisible(message: QueuedMessage, invocation: Invocation, options: HostOptions): void {
  const { scheduler, queue } = options;
  const { process } = invocation;
  const renewMs = 5 * 60_000;
  scheduler.at(scheduler.now() + renewMs, () => {
    if (!invocation.active || !process.alive) return;
    const isFrozen = process.frozenUntil > scheduler.now();
    if (!isFrozen && options.isQueueUp()) queue.renew(message, scheduler.now());
    keepInvisible(message, invocation, options);
  });
}
