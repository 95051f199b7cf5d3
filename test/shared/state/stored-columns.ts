import type { ColumnValue, Row } from '../../../shared/state/table.ts';

/** A row as a JSON file holds it; bytes are in base64. */
export type StoredColumns = Readonly<Record<string, ColumnValue | { readonly base64: string }>>;

export const toRow = (columns: StoredColumns): Row =>
  Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [
      name,
      typeof value === 'object' && 'base64' in value ? Buffer.from(value.base64, 'base64') : value,
    ]),
  ) as unknown as Row;
