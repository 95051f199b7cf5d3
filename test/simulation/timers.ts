import type { SimulatedProcess } from './scheduler.ts';

interface Timer {
  readonly at: number;
  readonly process: SimulatedProcess | undefined;
  readonly work: () => void;
}

/** What is to happen at a moment, in order; what was added first comes first. */
export interface Timers {
  add(at: number, process: SimulatedProcess | undefined, work: () => void): { cancel(): void };
  /** When the next is due; `Infinity` if there is none. */
  next(): number;
  /** Takes out all that are due. */
  due(now: number): (() => void)[];
  /** Takes out all of a process that is no more. */
  forget(process: SimulatedProcess): void;
}

export function createTimers(): Timers {
  let timers: Timer[] = [];
  return {
    add(at, process, work) {
      const timer = { at, process, work };
      let index = timers.length;
      while (index > 0 && (timers[index - 1]?.at ?? 0) > at) index -= 1;
      timers.splice(index, 0, timer);
      return {
        cancel() {
          const place = timers.indexOf(timer);
          if (place >= 0) timers.splice(place, 1);
        },
      };
    },
    next: () => timers[0]?.at ?? Infinity,
    due(now) {
      const count = timers.findIndex(({ at }) => at > now);
      return timers.splice(0, count < 0 ? timers.length : count).map(({ work }) => work);
    },
    forget(process) {
      timers = timers.filter((one) => one.process !== process);
    },
  };
}
