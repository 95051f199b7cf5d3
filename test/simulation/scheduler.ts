import type { Chance } from './chance.ts';
import { createTimers } from './timers.ts';
import type { Trace } from './trace.ts';

/** A process of the app: it may be frozen for a while, or killed, and then none of its promises goes on. */
export interface SimulatedProcess {
  /** Who it is across restarts: `worker1`. */
  readonly actor: string;
  /** With its generation: `worker1.3`. */
  readonly name: string;
  alive: boolean;
  /** Milliseconds since the epoch. */
  frozenUntil: number;
}

/** What a step touches, since only some of it can fail. */
export type StepKind = 'read' | 'write' | 'queue' | 'saved' | 'api' | 'destination' | 'sleep' | 'host';

/** What happens to one step instead of just being done. */
export type Interference =
  | { readonly what: 'fail'; readonly done: boolean; readonly error: Error }
  | { readonly what: 'freeze'; readonly done: boolean; readonly milliseconds: number }
  | { readonly what: 'kill'; readonly done: boolean };

interface Step {
  readonly process: SimulatedProcess;
  readonly kind: StepKind;
  readonly what: string;
  readonly work: () => unknown;
  readonly detail: (() => string) | undefined;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  /** What becomes of it was decided before: it was frozen, or is an answer. */
  readonly decided?: boolean;
}

interface Waiter {
  readonly process: SimulatedProcess;
  readonly isReady: () => boolean;
  readonly resolve: () => void;
}

export interface SchedulerOptions {
  readonly start: number;
  readonly chance: Chance;
  /** How likely the process that went on last goes on next. */
  readonly stickiness: number;
  readonly trace: Trace;
  readonly interfere: (step: { process: SimulatedProcess; kind: StepKind; what: string }) => Interference | undefined;
  /** When something outside next changes by itself: a message that becomes visible. */
  readonly nextChange: (now: number) => number;
  readonly onKill: (process: SimulatedProcess) => void;
}

/**
 * Lets exactly one process at a time go on, from one operation to its next; which one, chance says. Time moves only when
 * nobody can go on.
 */
export interface Scheduler {
  now(): number;
  /**
   * One operation on something outside.
   * @param work is done at once when its turn comes, and takes no time
   * @param detail for whoever reads the trace
   */
  step<T>(
    process: SimulatedProcess,
    kind: StepKind,
    what: string,
    work: () => T | Promise<T>,
    detail?: () => string,
  ): Promise<T>;
  sleep(process: SimulatedProcess, milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Resolves when something outside is so; nobody else goes on between that and the caller. */
  when(process: SimulatedProcess, isReady: () => boolean): Promise<void>;
  /** Calls `work` at a moment, or as soon as time has got there. */
  at(time: number, work: () => void): void;
  freeze(process: SimulatedProcess, milliseconds: number): void;
  kill(process: SimulatedProcess): void;
  /** Runs until `isDone` says so, which is asked after each step. @throws Error if nothing can ever happen again */
  run(isDone: () => boolean): Promise<void>;
  /** Steps done so far. */
  steps(): number;
}

/** Does a step; what it throws is in the promise. */
const done = ({ work }: Step): Promise<unknown> =>
  new Promise((resolve) => {
    resolve(work());
  });

const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { chance, trace } = options;
  let now = options.start;
  let steps = 0;
  let last: SimulatedProcess | undefined;
  let pending: Step[] = [];
  let waiters: Waiter[] = [];
  const timers = createTimers();

  const canGoOn = ({ alive, frozenUntil }: SimulatedProcess): boolean => alive && frozenUntil <= now;

  function step<T>(
    process: SimulatedProcess,
    kind: StepKind,
    what: string,
    work: () => T | Promise<T>,
    detail?: () => string,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (process.alive) pending.push({ process, kind, what, work, detail, resolve, reject });
    return promise;
  }

  function kill(process: SimulatedProcess): void {
    if (!process.alive) return;
    process.alive = false;
    pending = pending.filter((one) => one.process !== process);
    waiters = waiters.filter((one) => one.process !== process);
    timers.forget(process);
    options.onKill(process);
  }

  function freeze(process: SimulatedProcess, milliseconds: number): void {
    process.frozenUntil = Math.max(process.frozenUntil, now + milliseconds);
    timers.add(process.frozenUntil, undefined, () => undefined);
  }

  /** The effect happens now; its process hears of it when it is its turn again. */
  function answerLater(one: Step): void {
    const answer = (work: () => unknown): void => {
      if (one.process.alive) pending.push({ ...one, what: `${one.what}, answer`, work, decided: true });
    };
    done(one).then(
      (value: unknown) => {
        answer(() => value);
      },
      (error: unknown) => {
        answer(() => {
          throw error;
        });
      },
    );
  }

  function doNow({ work, resolve, reject }: Step): void {
    const failed = (error: unknown): void => {
      trace.detail(() => `-> ${error instanceof Error ? error.name : 'unknown'}`);
      reject(error);
    };
    try {
      const result = work();
      if (result instanceof Promise) result.then(resolve as (value: unknown) => void, failed);
      else (resolve as (value: unknown) => void)(result);
    } catch (error) {
      failed(error);
    }
  }

  function perform(one: Step): void {
    const { process, reject } = one;
    const interference = one.decided === true ? undefined : options.interfere(one);
    trace.note(now, process.name, one.what, interference);
    if (one.detail) trace.detail(one.detail);
    steps += 1;
    last = process;
    switch (interference?.what) {
      case 'fail':
        if (!interference.done) reject(interference.error);
        else {
          const failed = (): void => {
            reject(interference.error);
          };
          done(one).then(failed, reject);
        }
        return;
      case 'freeze':
        if (interference.done) answerLater(one);
        else pending.push({ ...one, decided: true });
        freeze(process, interference.milliseconds);
        return;
      case 'kill':
        if (interference.done) done(one).catch(() => undefined);
        kill(process);
        return;
      case undefined:
        doNow(one);
    }
  }

  /** @returns whether anybody could go on */
  function goOn(): boolean {
    const ready = pending.filter((one) => canGoOn(one.process));
    const woken = waiters.filter((one) => canGoOn(one.process) && one.isReady());
    const count = ready.length + woken.length;
    if (count === 0) return false;
    const stuck = last !== undefined && chance.happens(options.stickiness);
    const own = stuck ? ready.find(({ process }) => process === last) : undefined;
    const index = own ? ready.indexOf(own) : chance.between(0, count - 1);
    const chosen = ready[index];
    if (chosen !== undefined) {
      pending.splice(pending.indexOf(chosen), 1);
      perform(chosen);
      return true;
    }
    const waiter = woken[index - ready.length];
    if (waiter === undefined) return false;
    waiters.splice(waiters.indexOf(waiter), 1);
    last = waiter.process;
    waiter.resolve();
    return true;
  }

  function moveTime(): void {
    const next = Math.min(timers.next(), options.nextChange(now));
    if (next === Infinity) throw new Error('Nobody can go on and nothing is going to happen: the world has stopped.');
    now = Math.max(now, next);
    for (const due of timers.due(now)) due();
  }

  return {
    now: () => now,
    step,
    kill,
    freeze,
    steps: () => steps,
    sleep(process, milliseconds, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return promise;
      }
      const aborted = (): void => {
        timer.cancel();
        reject(signal?.reason as Error);
      };
      const timer = timers.add(now + Math.max(0, milliseconds), process, () => {
        // Those who wake take their turn like everybody else.
        void step(process, 'sleep', 'wakes', () => {
          signal?.removeEventListener('abort', aborted);
          resolve(undefined);
        }).catch(() => undefined);
      });
      signal?.addEventListener('abort', aborted, { once: true });
      return promise;
    },
    when(process, isReady) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const wake = (): void => {
        resolve(undefined);
      };
      if (process.alive) waiters.push({ process, isReady, resolve: wake });
      return promise;
    },
    at(time, work) {
      timers.add(time, undefined, work);
    },
    async run(isDone) {
      for (;;) {
        await drained();
        if (isDone()) return;
        if (!goOn()) moveTime();
      }
    },
  };
}
