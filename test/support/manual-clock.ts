import type { Clock } from '../../shared/clock.ts';

/** A clock that moves only when a test says so. */
export interface ManualClock extends Clock {
  /** Moves on and wakes who has slept long enough. */
  advance(milliseconds: number): void;
  /** Resolves when someone sleeps for as long as `milliseconds` from the moment of falling asleep. */
  asleep(milliseconds: number): Promise<void>;
  /** How long each sleep was asked to take, in order. */
  readonly sleeps: readonly number[];
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export function createManualClock(start = Date.parse('2026-11-22T10:30:00.500Z')): ManualClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  const sleeps: number[] = [];
  const watchers: { milliseconds: number; resolve: () => void }[] = [];
  return {
    sleeps,
    now: () => now,
    sleep(milliseconds, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const wake = (): void => {
        resolve(undefined);
      };
      const sleeper = { until: now + milliseconds, wake };
      sleepers.add(sleeper);
      sleeps.push(milliseconds);
      signal?.addEventListener('abort', () => {
        sleepers.delete(sleeper);
        reject(signal.reason as Error);
      });
      for (const watcher of watchers) if (watcher.milliseconds === milliseconds) watcher.resolve();
      return promise;
    },
    advance(milliseconds) {
      now += milliseconds;
      for (const sleeper of sleepers) {
        if (sleeper.until > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
    asleep(milliseconds) {
      if (sleeps.includes(milliseconds)) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<undefined>();
      watchers.push({
        milliseconds,
        resolve: () => {
          resolve(undefined);
        },
      });
      return promise;
    },
  };
}
