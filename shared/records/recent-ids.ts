/** The Ids of one content, to find repeats within it. */
export interface RecentIds {
  /** Remembers an Id. @returns whether it was there before */
  add(id: string): boolean;
}

/**
 * Remembers the newest `most` Ids and up to twice as many, so that memory stays flat however large a content is. A
 * repeat that is further apart than that goes through, which does no harm.
 */
export function createRecentIds(most = 50_000): RecentIds {
  let newer = new Set<string>();
  let older = new Set<string>();
  return {
    add(id) {
      if (newer.has(id) || older.has(id)) return true;
      if (newer.size >= most) {
        older = newer;
        newer = new Set();
      }
      newer.add(id);
      return false;
    },
  };
}
