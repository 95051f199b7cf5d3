import type { Clock } from '../clock.ts';
import { isoTime, number, optionalText, time } from './columns.ts';
import { createRecent } from './recent.ts';
import type { Row, Tables } from './table.ts';
import { RowConflict } from './table.ts';

/** A mark that anyone may set and everyone obeys until it runs out. */
export interface Mark {
  readonly until: number;
  /** How often it was set in a row; what a growing pause grows by. */
  readonly times: number;
  readonly reason: string | undefined;
}

/** `throttled`: a tenant; `credential`: our own, failing. */
export type MarkKind = 'throttled' | 'credential';

/** Table `marks`: shared, short-lived knowledge. Any writer may come last. */
export interface MarkStore {
  get(kind: MarkKind, key: string): Promise<Mark | undefined>;
  /** As `get`, but what this process read or wrote within the last 5 s will do. */
  recent(kind: MarkKind, key: string): Promise<Mark | undefined>;
  all(kind: MarkKind): Promise<Map<string, Mark>>;
  set(kind: MarkKind, key: string, mark: Mark): Promise<void>;
  /**
   * Sets a mark, once more than before, unless it is set and has not run out.
   * @returns until when it is set, and whether it was this call that set it: of many that try at once, one does
   */
  claim(
    kind: MarkKind,
    key: string,
    how: { readonly now: number; readonly until: number; readonly reason: string },
  ): Promise<{ readonly until: number; readonly isOurs: boolean }>;
  clear(kind: MarkKind, key: string): Promise<void>;
  /** The number of this listing cycle: one more than the last. */
  nextCycle(): Promise<number>;
}

const fromRow = (row: Row): Mark => ({
  until: time(row, 'until'),
  times: number(row, 'times'),
  reason: optionalText(row, 'reason'),
});

/** @param clock for what is recent; without one everything is read anew */
export function createMarkStore(tables: Tables, clock?: Pick<Clock, 'now'>): MarkStore {
  const table = tables.table('marks');
  const lately = createRecent<Mark | undefined>(clock);
  const nameOf = (kind: MarkKind, key: string): string => `${kind} ${key}`;
  const get = async (kind: MarkKind, key: string): Promise<Mark | undefined> => {
    const stored = await table.get(kind, key);
    return stored && fromRow(stored.row);
  };
  return {
    get,
    recent: (kind, key) => lately.get(nameOf(kind, key), () => get(kind, key)),
    async all(kind) {
      const rows = await Array.fromAsync(table.query({ partitionKey: kind }));
      return new Map(rows.map(({ row }) => [row.rowKey, fromRow(row)]));
    },
    async set(kind, key, mark) {
      // Known here even if the table does not take it.
      lately.know(nameOf(kind, key), mark);
      await table.put({
        partitionKey: kind,
        rowKey: key,
        until: isoTime(mark.until),
        times: mark.times,
        reason: mark.reason,
      });
    },
    async claim(kind, key, { now, until, reason }) {
      const stored = await table.get(kind, key);
      const before = stored && fromRow(stored.row);
      if (before !== undefined && before.until > now) return { until: before.until, isOurs: false };
      const times = (before?.times ?? 0) + 1;
      const row = { partitionKey: kind, rowKey: key, until: isoTime(until), times, reason };
      lately.know(nameOf(kind, key), { until, times, reason });
      try {
        await (stored ? table.replace(row, stored.etag) : table.insert(row));
        return { until, isOurs: true };
      } catch (error) {
        // Whoever came first did so just now.
        if (!(error instanceof RowConflict)) throw error;
        return { until, isOurs: false };
      }
    },
    async clear(kind, key) {
      await table.remove(kind, key);
      lately.forget(nameOf(kind, key));
    },
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
