import type { TableEntity, TableEntityResult } from '@azure/data-tables';
import type { ColumnValue, Row, StoredRow } from './table.ts';

const isInt32 = (value: number): boolean => (value | 0) === value && !Object.is(value, -0);

/** A row as the SDK wants it. Numbers that are not whole 32-bit ones are named doubles: the service guesses otherwise. */
export function toEntity(row: Row): TableEntity {
  const entity: TableEntity = { partitionKey: row.partitionKey, rowKey: row.rowKey };
  for (const [name, value] of Object.entries(row)) {
    if (value === undefined) continue;
    entity[name] = toProperty(value);
  }
  return entity;
}

function toProperty(value: ColumnValue): unknown {
  if (typeof value === 'number' && !isInt32(value)) return { type: 'Double', value: String(value) };
  // Of a view that is no Buffer the SDK sends all of the memory it looks into (data-tables 13.3).
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

/** An entity as it was read, without what the service and the SDK add to it. */
export function fromEntity(entity: TableEntityResult<Record<string, unknown>>): StoredRow {
  const columns: Record<string, ColumnValue> = {};
  for (const [name, value] of Object.entries(entity)) {
    if (name === 'etag' || name === 'timestamp' || name.startsWith('odata.')) continue;
    // The SDK hands out a Buffer, which is compared and printed differently.
    if (value instanceof Uint8Array) columns[name] = new Uint8Array(value.buffer, value.byteOffset, value.length);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') columns[name] = value;
  }
  const { partitionKey, rowKey, etag } = entity;
  return { row: { ...columns, partitionKey: partitionKey ?? '', rowKey: rowKey ?? '' }, etag };
}
