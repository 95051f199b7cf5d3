/** What a column holds: strings, numbers (doubles), booleans and bytes (up to 64 KiB). */
export type ColumnValue = string | number | boolean | Uint8Array;

/** A row as it is written; an absent column is not stored. */
export interface Row {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly [column: string]: ColumnValue | undefined;
}

/** A row as it was read, with the version that a later write can insist on. */
export interface StoredRow {
  readonly row: Row;
  readonly etag: string;
}

/** A span of one table: one partition, or all of it; row keys from inclusive, to exclusive. */
export interface RowQuery {
  readonly partitionKey?: string;
  readonly rowKeyFrom?: string;
  readonly rowKeyBefore?: string;
  /** Only the keys of the rows, where their columns would be many bytes for nothing. */
  readonly keysOnly?: boolean;
}

/** One step of a transaction. All rows of a transaction share a partition; no row may occur twice. */
export type RowOperation =
  | { readonly insert: Row }
  | { readonly replace: Row; readonly etag: string }
  | { readonly put: Row }
  | { readonly remove: { readonly rowKey: string }; readonly etag: string };

/** The most operations that one transaction may hold (Table Storage's limit). */
export const transactionLimit = 100;

/**
 * One table, as small as the pipeline needs it. A table that does not exist yet reads as empty and is made by the first
 * write. Anything but the conflicts named here is a `StorageError`.
 */
export interface Table {
  get(partitionKey: string, rowKey: string): Promise<StoredRow | undefined>;
  /** @returns the new etag @throws RowConflict if the row exists */
  insert(row: Row): Promise<string>;
  /** Replaces the whole row. @returns the new etag @throws RowConflict if it changed since `etag` or is gone */
  replace(row: Row, etag: string): Promise<string>;
  /** Writes the whole row, whatever is there. @returns the new etag */
  put(row: Row): Promise<string>;
  /** Without `etag` the row may be absent. @throws RowConflict if it changed since `etag` or is gone */
  remove(partitionKey: string, rowKey: string, etag?: string): Promise<void>;
  /** Rows in key order. */
  query(query: RowQuery): AsyncIterable<StoredRow>;
  /** All or nothing. @returns the new etags in order ('' for a removed row) @throws RowConflict */
  transact(partitionKey: string, operations: readonly RowOperation[]): Promise<string[]>;
}

/** The tables of this app by name (letters and digits, as Table Storage wants them). */
export interface Tables {
  table(name: string): Table;
  /** Names of the tables that exist and start with `prefix`, in order. */
  names(prefix: string): Promise<string[]>;
  /** Drops a table with all its rows; an absent one is fine. */
  drop(name: string): Promise<void>;
}

/** Another writer came first: the row exists, has changed, or is gone. Read again and decide anew. */
export class RowConflict extends Error {
  override readonly name = 'RowConflict';
}

/** Storage did not do what was asked, or did it and could not say so. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}
