import type { Clock } from '../clock.ts';
import { hourKey } from '../state/feed-key.ts';
import type { SeenPlace, SeenStore } from '../state/seen.ts';
import { createPartition, type Partition } from './partition.ts';

export interface PartitionsOptions {
  readonly seen: SeenStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly retentionDays: number;
  /** The most that all places may take, bytes; what batches use is kept whatever it takes. */
  readonly maxBytes: number;
}

/**
 * The places that this process knows. Those not used for longest are forgotten first, never one that a batch uses, nor
 * one that holds what could not be written down yet.
 */
export interface Partitions {
  /** The place, kept until it is released as often as it was held. */
  hold(place: SeenPlace): Partition;
  release(partition: Partition): void;
  /** Memory of all that is known, as last counted, bytes. */
  bytes(): number;
}

/** What a place takes besides its table of Ids, measured. */
const overheadBytes = 2_000;

const keyOf = ({ destination, feed, hour }: SeenPlace): string => `${destination}_${hourKey(feed, hour)}`;

export function createPartitions({ seen, clock, retentionDays, maxBytes }: PartitionsOptions): Partitions {
  // In the order of their last use, each with what it was last counted as.
  const known = new Map<string, { readonly partition: Partition; bytes: number }>();
  let total = 0;

  const forget = (): void => {
    for (const [key, { partition, bytes }] of known) {
      if (total <= maxBytes) return;
      if (partition.users > 0 || !partition.isWritten()) continue;
      known.delete(key);
      total -= bytes;
    }
  };

  return {
    hold(place) {
      const key = keyOf(place);
      const one = known.get(key) ?? { partition: createPartition(place, { seen, clock, retentionDays }), bytes: 0 };
      one.partition.users += 1;
      known.delete(key);
      known.set(key, one);
      return one.partition;
    },
    release(partition) {
      partition.users -= 1;
      const one = known.get(keyOf(partition.place));
      if (one === undefined) return;
      total -= one.bytes;
      one.bytes = partition.ids.bytes + overheadBytes;
      total += one.bytes;
      forget();
    },
    bytes: () => total,
  };
}
