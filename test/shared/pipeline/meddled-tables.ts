import type { Table, Tables } from '../../../shared/state/table.ts';

/** One call on a table: `insert feeds`, `transact ledger202611`. */
export type Meddle = (call: string) => Promise<void> | void;

/** Tables with something of a test's own before and after every call. What a hook throws, the caller gets. */
export function meddledTables(tables: Tables, { before, after }: { before?: Meddle; after?: Meddle }): Tables {
  const wrap = (name: string, table: Table): Table => {
    const around = async <T>(method: string, work: () => Promise<T>): Promise<T> => {
      await before?.(`${method} ${name}`);
      const result = await work();
      await after?.(`${method} ${name}`);
      return result;
    };
    return {
      get: (partitionKey, rowKey) => around('get', () => table.get(partitionKey, rowKey)),
      insert: (row) => around('insert', () => table.insert(row)),
      replace: (row, etag) => around('replace', () => table.replace(row, etag)),
      put: (row) => around('put', () => table.put(row)),
      remove: (partitionKey, rowKey, etag) => around('remove', () => table.remove(partitionKey, rowKey, etag)),
      async *query(query) {
        yield* await around('query', () => Array.fromAsync(table.query(query)));
      },
      transact: (partitionKey, operations) => around('transact', () => table.transact(partitionKey, operations)),
    };
  };
  return { ...tables, table: (name) => wrap(name, tables.table(name)) };
}

/** Whether a call changes something. */
export const isWrite = (call: string): boolean => !/^(get|query) /.test(call);
