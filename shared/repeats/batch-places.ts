import { type Hour } from '../activity-api/hours.ts';
import { forEachLimited } from '../for-each-limited.ts';
import type { FeedId } from '../state/feed-key.ts';
import type { Partition } from './partition.ts';
import type { Partitions } from './partitions.ts';

/** The places that one batch looks at: each is read once, and kept until the batch ends. */
export interface BatchPlaces {
  /** The place, if it was reached. */
  get(destination: string, hour: Hour): Partition | undefined;
  /** Reads the places of these hours that were not read yet. @throws StorageError */
  reach(destination: string, hours: readonly (Hour | undefined)[]): Promise<void>;
  all(): Iterable<Partition>;
  release(): void;
}

/** A content may hold records of very many hours; storage need not answer for all of them at once. */
const readsAtOnce = 16;

interface Reached {
  readonly partition: Partition;
  read: Promise<void> | undefined;
  isRead: boolean;
}

export function createBatchPlaces(partitions: Partitions, feed: FeedId): BatchPlaces {
  const byDestination = new Map<string, Map<Hour, Reached>>();
  const placesOf = (destination: string): Map<Hour, Reached> => {
    const places = byDestination.get(destination) ?? new Map<Hour, Reached>();
    byDestination.set(destination, places);
    return places;
  };
  const all = function* (): Iterable<Partition> {
    for (const places of byDestination.values()) for (const { partition } of places.values()) yield partition;
  };
  const readOnce = (one: Reached): Promise<void> =>
    (one.read ??= one.partition.read().then(() => {
      one.isRead = true;
    }));

  return {
    get: (destination, hour) => byDestination.get(destination)?.get(hour)?.partition,
    async reach(destination, hours) {
      const places = placesOf(destination);
      const unread = new Set<Reached>();
      let last: Hour | undefined;
      for (const hour of hours) {
        if (hour === undefined || hour === last) continue;
        last = hour;
        const place =
          places.get(hour) ??
          ({
            partition: partitions.hold({ destination, feed, hour }),
            read: undefined,
            isRead: false,
          } satisfies Reached);
        places.set(hour, place);
        if (!place.isRead) unread.add(place);
      }
      if (unread.size > 0) await forEachLimited([...unread], readsAtOnce, readOnce);
    },
    all,
    release() {
      for (const partition of all()) partitions.release(partition);
      byDestination.clear();
    },
  };
}
