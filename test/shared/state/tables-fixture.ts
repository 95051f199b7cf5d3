import { afterAll, beforeAll, describe } from 'vitest';
import { createAzureTables } from '../../../shared/state/azure-tables.ts';
import type { Row, RowQuery, StoredRow, Table, Tables } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { startTestStorage, type TestStorage } from '../../support/storage-emulator.ts';

/** A table that nobody has written to. */
export interface FreshTable {
  readonly tables: Tables;
  readonly name: string;
  readonly table: Table;
  /** The same table as another process has it; in memory there is only the one. */
  readonly sibling: () => Table;
}

/** Runs the same tests on Table Storage and in memory; each begins with a fresh table. */
export function describeTables(tests: (fresh: () => FreshTable) => void): void {
  let storage: TestStorage;
  let count = 0;
  beforeAll(async () => {
    storage = await startTestStorage();
  });
  afterAll(() => storage.close());

  describe.each([
    ['Table Storage (Azurite)', () => createAzureTables(storage.clients)],
    ['memory', createMemoryTables],
  ])('tables in %s', (_name, create: () => Tables) => {
    tests(() => {
      const name = `rows${++count}`;
      const tables = create();
      const table = tables.table(name);
      const sibling = (): Table => (create === createMemoryTables ? table : create().table(name));
      return { tables, name, table, sibling };
    });
  });
}

/** A row of partition `p`. */
export const row = (rowKey: string, columns: Partial<Row> = {}): Row => ({ ...columns, partitionKey: 'p', rowKey });

export async function read(table: Table, query: RowQuery = {}): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for await (const each of table.query(query)) rows.push(each);
  return rows;
}

/** `partition/row` of what a query finds. */
export const keys = async (table: Table, query: RowQuery = {}): Promise<string[]> =>
  (await read(table, query)).map((found) => `${found.row.partitionKey}/${found.row.rowKey}`);
