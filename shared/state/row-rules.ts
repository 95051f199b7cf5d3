import { StorageError, transactionLimit, type ColumnValue, type Row, type RowOperation } from './table.ts';

/** 64 KiB of UTF-16. @see https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model */
const stringLimit = 32_768;
/** 64 KiB. */
const binaryLimit = 65_536;
/** 1 MiB, names of columns included. */
const rowLimit = 1_048_576;
/** 1 KiB of UTF-16, for the partition key and for the row key. */
const keyLimit = 512;

const tableName = /^[a-z][a-z0-9]{2,62}$/;
const columnName = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
// Names under which the SDK or the service keep something of their own.
const reserved = new Set(['etag', 'timestamp', 'Timestamp', 'PartitionKey', 'RowKey']);

/** Slashes, `#`, `?` and control characters, as documented, and whatever is not text at all. */
const isKeyCharacterForbidden = (character: string): boolean => {
  const code = character.codePointAt(0) ?? 0;
  return '/\\#?'.includes(character) || code < 0x20 || (code >= 0x7f && code <= 0x9f);
};

/** @throws StorageError unless the name is one that Table Storage takes, in lower case (it does not tell cases apart) */
export function checkTableName(name: string): void {
  if (tableName.test(name)) return;
  throw new StorageError(`The table name "${name}" must be 3 to 63 lower-case letters and digits, a letter first.`);
}

/** @throws StorageError if Table Storage would not take the text as partition or row key */
export function checkKey(key: string): void {
  const shown = JSON.stringify(key.slice(0, 100));
  if (key.length > keyLimit) {
    throw new StorageError(
      `The key ${shown}... is longer than the ${keyLimit} characters of Table Storage; shorten it.`,
    );
  }
  if (!key.isWellFormed() || Array.from(key).some(isKeyCharacterForbidden)) {
    throw new StorageError(`The key ${shown} holds a character that Table Storage forbids in keys; encode it first.`);
  }
}

/** What a column takes of a row, bytes, as Table Storage counts. */
function columnSize(name: string, value: ColumnValue | undefined): number {
  if (value === undefined) return 0;
  const size = typeof value === 'string' ? 4 + 2 * value.length : value instanceof Uint8Array ? 4 + value.length : 8;
  return 8 + 2 * name.length + size;
}

/** @throws StorageError if a key, the name of a column or its value would be refused or not come back as it was */
export function checkRow(row: Row): void {
  const { partitionKey, rowKey, ...columns } = row;
  checkKey(partitionKey);
  checkKey(rowKey);
  for (const [name, value] of Object.entries(columns)) {
    if (!columnName.test(name) || reserved.has(name)) {
      throw new StorageError(`The column name "${name}" is not one that Table Storage takes; choose another.`);
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new StorageError(`The column ${name} must be a finite number; leave it out instead.`);
    }
    if (typeof value === 'string' && value.length > stringLimit) {
      throw new StorageError(`The column ${name} is over the 64 KiB that Table Storage takes; keep it in a blob.`);
    }
    if (typeof value === 'string' && !value.isWellFormed()) {
      throw new StorageError(`The column ${name} holds half a character; write well-formed text.`);
    }
    if (value instanceof Uint8Array && value.length > binaryLimit) {
      throw new StorageError(`The column ${name} is over the 64 KiB that Table Storage takes; keep it in a blob.`);
    }
  }
  const size = Object.entries(columns).reduce((sum, [name, value]) => sum + columnSize(name, value), 0);
  if (4 + 2 * (partitionKey.length + rowKey.length) + size > rowLimit) {
    throw new StorageError(`A row is over the 1 MiB that Table Storage takes; keep a part of it in a blob.`);
  }
}

/** The row key of one step of a transaction. */
export const rowKeyOf = (operation: RowOperation): string => {
  if ('insert' in operation) return operation.insert.rowKey;
  if ('replace' in operation) return operation.replace.rowKey;
  if ('put' in operation) return operation.put.rowKey;
  return operation.remove.rowKey;
};

/** @throws StorageError if the operations cannot be one transaction, whatever the table holds */
export function checkTransaction(partitionKey: string, operations: readonly RowOperation[]): void {
  if (operations.length > transactionLimit) {
    throw new StorageError(`A transaction of ${operations.length} operations is over ${transactionLimit}; split it.`);
  }
  checkKey(partitionKey);
  for (const operation of operations) {
    if ('remove' in operation) {
      checkKey(operation.remove.rowKey);
      continue;
    }
    const row = 'insert' in operation ? operation.insert : 'replace' in operation ? operation.replace : operation.put;
    checkRow(row);
    if (row.partitionKey !== partitionKey) {
      throw new StorageError('A transaction may not span partitions; make one for each.');
    }
  }
  if (new Set(operations.map(rowKeyOf)).size < operations.length) {
    throw new StorageError('A row occurs twice in a transaction; leave one operation out.');
  }
}
