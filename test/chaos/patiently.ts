import type { Clock } from '../../shared/clock.ts';

/** A storage that was paused, or a machine that has much else to do, may let a call fail so often. */
const mostTries = 10;
const pauseMs = 3_000;

/** Tries until it works. @throws what the last of ten tries threw; the signal's reason */
export async function patiently<T>(clock: Clock, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (tries === mostTries) throw error;
    }
    await clock.sleep(pauseMs, signal);
  }
}
