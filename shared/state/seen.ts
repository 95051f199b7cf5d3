import { type Hour, hourOf, monthOf } from '../activity-api/hours.ts';
import { sha256 } from '../hash.ts';
import { bytes, isoTime } from './columns.ts';
import { type FeedId, hourKey } from './feed-key.ts';
import type { Tables } from './table.ts';

/** Records of one feed and one hour of their `CreationTime`, at one destination. */
export interface SeenPlace {
  readonly destination: string;
  readonly feed: FeedId;
  readonly hour: Hour;
}

/** Bytes that one record takes: 16 of its Id, 4 of the mark of its content. */
export const seenEntryBytes = 20;

/** As many as fit the 64 KiB of a column. */
const mostEntries = Math.floor(65_536 / seenEntryBytes);

/** What one write left, under the key that it has in its partition and month. */
export interface SeenRow {
  readonly key: string;
  readonly entries: Uint8Array;
}

/** Tables `seen<yyyymm>` (month of the acknowledgement): what each destination has. Only ever added to. */
export interface SeenStore {
  /** @param now when it was acknowledged @returns the keys of the rows written, in order @throws StorageError */
  write(place: SeenPlace, now: number, entries: Uint8Array): Promise<string[]>;
  /**
   * What was written in a month, in the order of its keys, which is that of its times.
   * @param from the first key; all if absent
   * @throws StorageError
   */
  read(place: SeenPlace, month: string, from?: string): AsyncIterable<SeenRow>;
  /** The keys alone of what was written in a month from a moment on, in order. @throws StorageError */
  keys(place: SeenPlace, month: string, from: number): Promise<string[]>;
}

const keyHashLength = 16;

const partitionOf = ({ destination, feed, hour }: SeenPlace): string => `${destination}_${hourKey(feed, hour)}`;

export function createSeenStore(tables: Tables): SeenStore {
  return {
    async write(place, now, entries) {
      const table = tables.table(`seen${monthOf(hourOf(now))}`);
      const keys: string[] = [];
      for (let at = 0; at < entries.length; at += mostEntries * seenEntryBytes) {
        const part = entries.subarray(at, at + mostEntries * seenEntryBytes);
        // Whoever writes the same bytes at the same moment writes the same row, which is all the same.
        const rowKey = `${isoTime(now)}_${sha256(part).slice(0, keyHashLength)}`;
        await table.put({ partitionKey: partitionOf(place), rowKey, entries: part });
        keys.push(rowKey);
      }
      return keys;
    },
    async *read(place, month, from = '') {
      const query = { partitionKey: partitionOf(place), rowKeyFrom: from };
      for await (const { row } of tables.table(`seen${month}`).query(query)) {
        yield { key: row.rowKey, entries: bytes(row, 'entries') };
      }
    },
    async keys(place, month, from) {
      const query = { partitionKey: partitionOf(place), rowKeyFrom: isoTime(from), keysOnly: true };
      return (await Array.fromAsync(tables.table(`seen${month}`).query(query))).map(({ row }) => row.rowKey);
    },
  };
}
