import type { Clock } from './clock.ts';

/** A signal that aborts after a while, and a way to let go of it earlier. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** The reason of a signal that a deadline aborted. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * A signal that aborts when `milliseconds` have passed on `clock`, or when `parent` does. Use with `using`.
 * @param what takes too long, for the reason's sentence
 */
export function startDeadline(clock: Clock, milliseconds: number, what: string, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const released = new AbortController();
  clock.sleep(milliseconds, released.signal).then(
    () => {
      controller.abort(new DeadlineError(`${what} took longer than ${Math.round(milliseconds / 1000)} s.`));
    },
    () => undefined,
  );
  return {
    signal: parent ? AbortSignal.any([parent, controller.signal]) : controller.signal,
    [Symbol.dispose]() {
      released.abort();
    },
  };
}
