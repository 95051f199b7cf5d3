import { checkKey, checkRow, checkTableName, checkTransaction, rowKeyOf } from '../../shared/state/row-rules.ts';
import {
  type ColumnValue,
  RowConflict,
  type Row,
  type RowOperation,
  type RowQuery,
  type StoredRow,
  type Table,
  type Tables,
} from '../../shared/state/table.ts';

const pageSize = 1000;

type Partition = Map<string, StoredRow>;

/** Table Storage orders keys by UTF-16 code unit, as JavaScript compares strings. */
const ordinal = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A copy without absent columns; bytes are copied too. */
const copied = (row: Row): Row => {
  const copy: Record<string, ColumnValue> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value !== undefined) copy[name] = value instanceof Uint8Array ? value.slice() : value;
  }
  return { ...copy, partitionKey: row.partitionKey, rowKey: row.rowKey };
};

const copyOf = ({ row, etag }: StoredRow): StoredRow => ({ row: copied(row), etag });

const withKeysOnly = ({ row: { partitionKey, rowKey }, etag }: StoredRow): StoredRow => ({
  row: { partitionKey, rowKey },
  etag,
});

const later = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);

/** Tables in memory that behave as Azure's do, to the letter (one contract suite runs on both). */
export function createMemoryTables(): Tables {
  const tables = new Map<string, Map<string, Partition>>();
  let version = 0;

  const createTable = (name: string): Table => {
    const conflict = (): RowConflict =>
      new RowConflict(`A row of table ${name} was written by another first; read it again.`);

    const read = (partitionKey: string, rowKey: string): StoredRow | undefined =>
      tables.get(name)?.get(partitionKey)?.get(rowKey);

    const partitionForWriting = (partitionKey: string): Partition => {
      const partitions = tables.get(name) ?? new Map<string, Partition>();
      tables.set(name, partitions);
      const partition = partitions.get(partitionKey) ?? new Map<string, StoredRow>();
      partitions.set(partitionKey, partition);
      return partition;
    };

    const store = (partition: Partition, row: Row): string => {
      const etag = `W/"${++version}"`;
      partition.set(row.rowKey, { row: copied(row), etag });
      return etag;
    };

    const apply = (partition: Partition, operation: RowOperation): string => {
      if ('put' in operation) return store(partition, operation.put);
      if ('insert' in operation) {
        if (partition.has(operation.insert.rowKey)) throw conflict();
        return store(partition, operation.insert);
      }
      if (partition.get(rowKeyOf(operation))?.etag !== operation.etag) throw conflict();
      if ('replace' in operation) return store(partition, operation.replace);
      partition.delete(operation.remove.rowKey);
      return '';
    };

    /** As with continuation tokens, each page shows the table as it is when the page is asked for. */
    const readPage = (query: RowQuery, after: Row | undefined): StoredRow[] => {
      const { partitionKey, rowKeyFrom = '', rowKeyBefore } = query;
      const partitions = tables.get(name);
      const keys = partitionKey === undefined ? [...(partitions?.keys() ?? [])].sort(ordinal) : [partitionKey];
      const page: StoredRow[] = [];
      for (const key of keys) {
        if (after && key < after.partitionKey) continue;
        const rows = [...(partitions?.get(key)?.values() ?? [])].filter(
          ({ row }) =>
            row.rowKey >= rowKeyFrom &&
            (rowKeyBefore === undefined || row.rowKey < rowKeyBefore) &&
            (after?.partitionKey !== key || row.rowKey > after.rowKey),
        );
        page.push(...rows.sort((a, b) => ordinal(a.row.rowKey, b.row.rowKey)).slice(0, pageSize - page.length));
        if (page.length === pageSize) break;
      }
      return page.map((stored) => (query.keysOnly === true ? withKeysOnly(stored) : copyOf(stored)));
    };

    return {
      get: (partitionKey, rowKey) =>
        later(() => {
          checkKey(partitionKey);
          checkKey(rowKey);
          const found = read(partitionKey, rowKey);
          return found && copyOf(found);
        }),
      insert: (row) =>
        later(() => {
          checkRow(row);
          return apply(partitionForWriting(row.partitionKey), { insert: row });
        }),
      replace: (row, etag) =>
        later(() => {
          checkRow(row);
          if (read(row.partitionKey, row.rowKey)?.etag !== etag) throw conflict();
          return store(partitionForWriting(row.partitionKey), row);
        }),
      put: (row) =>
        later(() => {
          checkRow(row);
          return store(partitionForWriting(row.partitionKey), row);
        }),
      remove: (partitionKey, rowKey, etag) =>
        later(() => {
          checkKey(partitionKey);
          checkKey(rowKey);
          if (etag !== undefined && read(partitionKey, rowKey)?.etag !== etag) throw conflict();
          tables.get(name)?.get(partitionKey)?.delete(rowKey);
        }),
      async *query(query) {
        let after: Row | undefined;
        for (;;) {
          const last = after;
          const page = await later(() => readPage(query, last));
          after = page.at(-1)?.row;
          yield* page;
          if (page.length < pageSize) return;
        }
      },
      transact: (partitionKey, operations) =>
        later(() => {
          checkTransaction(partitionKey, operations);
          if (operations.length === 0) return [];
          const changed = new Map(partitionForWriting(partitionKey));
          const etags = operations.map((operation) => apply(changed, operation));
          tables.get(name)?.set(partitionKey, changed);
          return etags;
        }),
    };
  };

  return {
    table(name) {
      checkTableName(name);
      return createTable(name);
    },
    names: (prefix) => later(() => [...tables.keys()].filter((name) => name.startsWith(prefix)).sort()),
    drop: (name) =>
      later(() => {
        checkTableName(name);
        tables.delete(name);
      }),
  };
}
