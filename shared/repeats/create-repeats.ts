import type { Clock } from '../clock.ts';
import type { SeenStore } from '../state/seen.ts';
import { beginBatch } from './batch-repeats.ts';
import { createPartitions } from './partitions.ts';
import type { Repeats } from './repeats.ts';

export interface RepeatsOptions {
  readonly seen: SeenStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly retentionDays: number;
  /** The most memory that is kept of what destinations have; default 64 MB. */
  readonly maxBytes?: number;
}

const defaultBytes = 64 * 1024 * 1024;

export function createRepeats({ seen, clock, retentionDays, maxBytes = defaultBytes }: RepeatsOptions): Repeats {
  const known = createPartitions({ seen, clock, retentionDays, maxBytes });
  return { begin: (feed, signal) => beginBatch(known, feed, signal) };
}
