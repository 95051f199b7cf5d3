import type { Row, RowOperation, RowQuery, StoredRow, Table, Tables } from '../../shared/state/table.ts';
import type { Scheduler, SimulatedProcess } from './scheduler.ts';

/** What is counted, and what was written for all to see. */
export interface TableObserver {
  operated(process: SimulatedProcess, operation: string, table: string): void;
  /** Rows as they are from now on. */
  written(process: SimulatedProcess, table: string, rows: readonly Row[]): void;
}

/** Rows in one page of a query. A page of its own is a moment of its own. */
const rowsOfPage = (table: string): number => (table.startsWith('ledger') ? 8 : 200);

const rowsOf = (operations: readonly RowOperation[]): Row[] =>
  operations.flatMap((operation) => {
    if ('insert' in operation) return [operation.insert];
    if ('replace' in operation) return [operation.replace];
    return 'put' in operation ? [operation.put] : [];
  });

/** The tables as one process sees them: each operation is a step of its own. */
export function createSimulatedTables(
  inner: Tables,
  process: SimulatedProcess,
  scheduler: Scheduler,
  observer: TableObserver,
): Tables {
  function tableOf(name: string): Table {
    const table = inner.table(name);
    const read = <T>(operation: string, { partitionKey }: RowQuery, work: () => Promise<T>): Promise<T> =>
      scheduler.step(
        process,
        'read',
        `${operation} ${name}`,
        () => {
          observer.operated(process, operation, name);
          return work();
        },
        () => partitionKey ?? 'all',
      );
    const write = <T>(operation: string, rows: readonly Row[], work: () => Promise<T>): Promise<T> =>
      scheduler.step(
        process,
        'write',
        `${operation} ${name}`,
        async () => {
          observer.operated(process, operation, name);
          const result = await work();
          observer.written(process, name, rows);
          return result;
        },
        () => rows.map(shownRow).join('; '),
      );
    return {
      get: (partitionKey, rowKey) => read('get', { partitionKey }, () => table.get(partitionKey, rowKey)),
      insert: (row) => write('insert', [row], () => table.insert(row)),
      replace: (row, etag) => write('replace', [row], () => table.replace(row, etag)),
      put: (row) => write('put', [row], () => table.put(row)),
      remove: (partitionKey, rowKey, etag) => write('remove', [], () => table.remove(partitionKey, rowKey, etag)),
      async *query(query) {
        const most = rowsOfPage(name);
        let after: Row | undefined;
        for (;;) {
          const last = after;
          const page = await read('query', query, () => pageOf(table.query(query), last, most));
          after = page.at(-1)?.row;
          yield* page;
          if (page.length < most) return;
        }
      },
      transact: (partitionKey, operations) =>
        operations.length === 0
          ? Promise.resolve([])
          : write(`transact ${operations.length}`, rowsOf(operations), () => table.transact(partitionKey, operations)),
    };
  }
  return {
    table: tableOf,
    names: (prefix) => scheduler.step(process, 'read', `names ${prefix}`, () => inner.names(prefix)),
    drop: (name) => scheduler.step(process, 'write', `drop ${name}`, () => inner.drop(name)),
  };
}

/** The rows behind `after`, in key order, as the table is now. */
async function pageOf(rows: AsyncIterable<StoredRow>, after: Row | undefined, most: number): Promise<StoredRow[]> {
  const page: StoredRow[] = [];
  for await (const stored of rows) {
    if (after !== undefined && !isBehind(stored.row, after)) continue;
    page.push(stored);
    if (page.length === most) break;
  }
  return page;
}

const isBehind = (row: Row, after: Row): boolean =>
  row.partitionKey > after.partitionKey || (row.partitionKey === after.partitionKey && row.rowKey > after.rowKey);

/** What of a row a reader of the trace wants to know. */
function shownRow({ partitionKey, rowKey, ...columns }: Row): string {
  const shown = ['state', 'owed', 'attempt', 'due', 'holdBy', 'hash', 'open', 'until', 'standing', 'saved', 'reason'];
  const values = shown.flatMap((name) => {
    const value = columns[name];
    return value === undefined || value === '' ? [] : [`${name}=${String(value).slice(0, 60)}`];
  });
  return `${partitionKey} ${rowKey} ${values.join(' ')}`;
}
