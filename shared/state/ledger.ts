import { type Hour, monthOf } from '../activity-api/hours.ts';
import { sha256 } from '../hash.ts';
import { type FeedId, hourKey } from './feed-key.ts';
import {
  contentFromRow,
  contentRowKey,
  contentToRow,
  isRecordRow,
  type LedgerContent,
  type ParkedRecord,
  recordFromRow,
  recordRowKeys,
  recordToRow,
} from './ledger-row.ts';
import type { Stored } from './stored.ts';
import { RowConflict, type RowOperation, type Tables, transactionLimit } from './table.ts';

/** All ledger rows of one hour of one feed. */
export interface LedgerHour {
  readonly contents: Stored<LedgerContent>[];
  readonly parkedRecords: ParkedRecord[];
}

/** A new state of a content, with the records of it that are now parked by themselves. */
export interface ContentChange {
  readonly value: LedgerContent;
  readonly etag: string;
  readonly parkedRecords?: readonly ParkedRecord[];
}

/** Tables `ledger<yyyymm>`, by the month of the hour. The lister inserts, workers settle. */
export interface Ledger {
  hour(feed: FeedId, hour: Hour): Promise<LedgerHour>;
  /** The rows of these contents, by content id; those without a row are missing. */
  contents(feed: FeedId, hour: Hour, contentIds: readonly string[]): Promise<Map<string, Stored<LedgerContent>>>;
  /** The rows of these contents' records, by content id; contents without any are missing. One read a content. */
  records(feed: FeedId, hour: Hour, contentIds: readonly string[]): Promise<Map<string, ParkedRecord[]>>;
  /** Inserts up to 100 rows or none. @returns etags in order @throws RowConflict if any of them exists */
  insert(feed: FeedId, hour: Hour, contents: readonly LedgerContent[]): Promise<string[]>;
  /**
   * Replaces rows in transactions of up to 100 operations, and the rows of a content's records with it.
   *
   * Where these are more than one transaction holds, they go first, the content's new state last, and each transaction
   * writes the content's row by its etag: as it is, but that it has record rows. So nothing is written over what another
   * wrote, and a death in between leaves a content that has not got further than it was, some of whose records have:
   * an attempt finds the ones it parked and does not send them again; what is lost, or struck off, goes on with the next
   * Close; records that a replay queued are parked again by Close, for their content is settled.
   * @returns the new etags in order @throws RowConflict if any of them changed; earlier transactions stay done
   */
  replace(feed: FeedId, hour: Hour, changes: readonly ContentChange[]): Promise<string[]>;
}

// Up to here single reads are cheaper than a range that may hold other contents between.
const fewContents = 3;

export function createLedger(tables: Tables): Ledger {
  const tableOf = (hour: Hour) => tables.table(`ledger${monthOf(hour)}`);
  const keyOf = (contentId: string) => contentRowKey(contentId, sha256);

  const recordOperations = (partition: string, { value, parkedRecords = [] }: ContentChange): RowOperation[] =>
    parkedRecords.map((record) => ({ put: recordToRow(partition, keyOf(value.id), record) }));

  /** Writes rows of records beside their content's as it is. @returns its new etag @throws RowConflict */
  async function writeRecords(
    hour: Hour,
    partition: string,
    { value, etag }: ContentChange,
    records: readonly RowOperation[],
  ): Promise<string> {
    const stored = await tableOf(hour).get(partition, keyOf(value.id));
    if (stored?.etag !== etag) throw new RowConflict(`The content ${value.id} has changed: read it again.`);
    const content: RowOperation = { replace: { ...stored.row, hasRecordRows: true }, etag };
    const [written] = await tableOf(hour).transact(partition, [content, ...records]);
    return written ?? '';
  }

  return {
    async hour(feed, hour) {
      const contents: Stored<LedgerContent>[] = [];
      const parkedRecords: ParkedRecord[] = [];
      for await (const { row, etag } of tableOf(hour).query({ partitionKey: hourKey(feed, hour) })) {
        if (isRecordRow(row)) parkedRecords.push(recordFromRow(row));
        else contents.push({ value: contentFromRow(row), etag });
      }
      return { contents, parkedRecords };
    },

    async contents(feed, hour, contentIds) {
      const table = tableOf(hour);
      const partitionKey = hourKey(feed, hour);
      const keys = contentIds.map(keyOf).toSorted();
      const [first, last] = [keys[0], keys.at(-1)];
      if (first === undefined || last === undefined) return new Map();
      const rows =
        keys.length <= fewContents
          ? (await Promise.all(keys.map((key) => table.get(partitionKey, key)))).filter((row) => row !== undefined)
          : await Array.fromAsync(table.query({ partitionKey, rowKeyFrom: first, rowKeyBefore: `${last}!` }));
      const wanted = new Set(keys);
      return new Map(
        rows
          .filter(({ row }) => wanted.has(row.rowKey))
          .map(({ row, etag }) => {
            const value = contentFromRow(row);
            return [value.id, { value, etag }] as const;
          }),
      );
    },

    async records(feed, hour, contentIds) {
      const byContent = new Map<string, ParkedRecord[]>();
      for (const contentId of contentIds) {
        const [rowKeyFrom, rowKeyBefore] = recordRowKeys(keyOf(contentId));
        const query = tableOf(hour).query({ partitionKey: hourKey(feed, hour), rowKeyFrom, rowKeyBefore });
        const records = await Array.fromAsync(query, ({ row }) => recordFromRow(row));
        if (records.length > 0) byContent.set(contentId, records);
      }
      return byContent;
    },

    insert(feed, hour, contents) {
      const partition = hourKey(feed, hour);
      return tableOf(hour).transact(
        partition,
        contents.map((content) => ({ insert: contentToRow(partition, keyOf(content.id), content) })),
      );
    },

    async replace(feed, hour, changes) {
      const partition = hourKey(feed, hour);
      const etags: string[] = [];
      let operations: RowOperation[] = [];
      let contentAt: number[] = [];
      const flush = async (): Promise<void> => {
        if (operations.length === 0) return;
        const written = await tableOf(hour).transact(partition, operations);
        etags.push(...contentAt.map((index) => written[index] ?? ''));
        operations = [];
        contentAt = [];
      };
      for (const change of changes) {
        const records = recordOperations(partition, change);
        let { etag } = change;
        while (records.length >= transactionLimit) {
          const some = records.splice(0, transactionLimit - 1);
          etag = await writeRecords(hour, partition, { ...change, etag }, some);
        }
        if (operations.length + records.length + 1 > transactionLimit) await flush();
        contentAt.push(operations.length);
        operations.push({ replace: contentToRow(partition, keyOf(change.value.id), change.value), etag }, ...records);
      }
      await flush();
      return etags;
    },
  };
}
