import { sha256 } from '../hash.ts';

/** The Ids of one content, to find repeats within it. */
export interface RecentIds {
  /** Remembers an Id. @returns whether it was there before */
  add(id: string): boolean;
}

// Real Ids are GUIDs; those that are longer than this are remembered by their hash.
const longestKept = 100;

/** UTF-16, because half characters would all be the same in UTF-8; made longer than any Id that is kept as it is. */
const keyOf = (id: string): string =>
  id.length <= longestKept ? id : sha256(Buffer.from(id, 'utf16le')).padEnd(longestKept + 1);

/**
 * Remembers the newest `most` Ids and up to twice as many, so that memory stays flat however large a content or an Id is. A
 * repeat that is further apart than that goes through, which does no harm.
 */
export function createRecentIds(most = 50_000): RecentIds {
  let newer = new Set<string>();
  let older = new Set<string>();
  return {
    add(id) {
      const key = keyOf(id);
      if (newer.has(key) || older.has(key)) return true;
      if (newer.size >= most) {
        older = newer;
        newer = new Set();
      }
      newer.add(key);
      return false;
    },
  };
}
