import { isoTime, number, optionalText, time } from './columns.ts';
import type { Row, Tables } from './table.ts';
import { RowConflict } from './table.ts';

/** A mark that anyone may set and everyone obeys until it runs out. */
export interface Mark {
  readonly until: number;
  /** How often it was set in a row; what a growing pause grows by. */
  readonly times: number;
  readonly reason: string | undefined;
}

/** `throttled`: a tenant; `destination`: one that is down or misconfigured; `credential`: our own, failing. */
export type MarkKind = 'throttled' | 'destination' | 'credential';

/** Table `marks`: shared, short-lived knowledge. Any writer may come last. */
export interface MarkStore {
  get(kind: MarkKind, key: string): Promise<Mark | undefined>;
  all(kind: MarkKind): Promise<Map<string, Mark>>;
  set(kind: MarkKind, key: string, mark: Mark): Promise<void>;
  clear(kind: MarkKind, key: string): Promise<void>;
  /** The number of this listing cycle: one more than the last. */
  nextCycle(): Promise<number>;
}

const fromRow = (row: Row): Mark => ({
  until: time(row, 'until'),
  times: number(row, 'times'),
  reason: optionalText(row, 'reason'),
});

export function createMarkStore(tables: Tables): MarkStore {
  const table = tables.table('marks');
  return {
    async get(kind, key) {
      const stored = await table.get(kind, key);
      return stored && fromRow(stored.row);
    },
    async all(kind) {
      const rows = await Array.fromAsync(table.query({ partitionKey: kind }));
      return new Map(rows.map(({ row }) => [row.rowKey, fromRow(row)]));
    },
    async set(kind, key, mark) {
      await table.put({
        partitionKey: kind,
        rowKey: key,
        until: isoTime(mark.until),
        times: mark.times,
        reason: mark.reason,
      });
    },
    clear: (kind, key) => table.remove(kind, key),
    async nextCycle() {
      const stored = await table.get('cycle', 'list-content');
      const next = {
        partitionKey: 'cycle',
        rowKey: 'list-content',
        number: stored ? number(stored.row, 'number') + 1 : 1,
      };
      try {
        await (stored ? table.replace(next, stored.etag) : table.insert(next));
      } catch (error) {
        // Another lister took the number; sharing it is harmless.
        if (!(error instanceof RowConflict)) throw error;
      }
      return next.number;
    },
  };
}
