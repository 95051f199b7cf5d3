import { setTimeout as delay } from 'node:timers/promises';

/** Where time comes from. Every module that waits or compares times is given one, so that tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Resolves after `milliseconds`; rejects with the signal's reason if it is aborted first.
   * @param milliseconds zero or less resolves at once
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    try {
      await delay(Math.max(0, milliseconds), undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
