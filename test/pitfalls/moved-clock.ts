import { type Clock, systemClock } from '../../shared/clock.ts';

/** A clock that runs as fast as the machine's, and can be moved on: calls over loopback take their time, days need not. */
export interface MovedClock extends Clock {
  advance(milliseconds: number): void;
}

export function createMovedClock(start: string): MovedClock {
  const begun = performance.now();
  let moved = Date.parse(start);
  return {
    now: () => Math.floor(moved + performance.now() - begun),
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
    advance(milliseconds) {
      moved += milliseconds;
    },
  };
}
