import { createAzureTable } from './azure-table.ts';
import { checkTableName } from './row-rules.ts';
import type { StorageClients } from './storage-clients.ts';
import { storageErrorOf } from './storage-failure.ts';
import type { Table, Tables } from './table.ts';

/** The tables of a storage account. A name that Table Storage would not take is a `StorageError` at once. */
export function createAzureTables(clients: StorageClients): Tables {
  const tables = new Map<string, Table>();
  return {
    table(name) {
      checkTableName(name);
      let table = tables.get(name);
      if (!table) tables.set(name, (table = createAzureTable(clients, name)));
      return table;
    },
    async names(prefix) {
      const names: string[] = [];
      try {
        for await (const { name } of clients.tables.listTables({ abortSignal: clients.timeLimit() })) {
          if (name?.startsWith(prefix) === true) names.push(name);
        }
      } catch (error) {
        throw storageErrorOf(error, 'The list of tables');
      }
      return names.sort();
    },
    async drop(name) {
      checkTableName(name);
      try {
        await clients.tables.deleteTable(name, { abortSignal: clients.timeLimit() });
      } catch (error) {
        throw storageErrorOf(error, `The table ${name}`);
      }
    },
  };
}
