import { isoTime, optionalText, text, time } from './columns.ts';
import type { Row, StoredRow, Tables } from './table.ts';

/** Something that happened to a tenant. */
export interface HistoryEntry {
  readonly tenantId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What happened, as a sentence for a person. */
  readonly what: string;
  /** An operator's name, `by key` for `/api`, the administrator's name, or the relay itself. */
  readonly by: string;
}

/** Table `history`: what happened to whom. Entries are added, and go with their tenant. */
export interface HistoryStore {
  /** @param mark keeps entries of the same millisecond apart */
  add(entry: HistoryEntry, mark: string): Promise<void>;
  /** The newest first. */
  ofTenant(tenantId: string, most: number): Promise<HistoryEntry[]>;
  removeTenant(tenantId: string): Promise<void>;
}

/** Past any time that a clock shows here, so that row keys sort the newest first. */
const endOfTime = 9_999_999_999_999;

const fromRow = ({ row }: StoredRow): HistoryEntry => ({
  tenantId: row.partitionKey,
  at: time(row, 'at'),
  what: text(row, 'what'),
  by: optionalText(row, 'by') ?? 'unknown',
});

const toRow = ({ tenantId, at, what, by }: HistoryEntry, mark: string): Row => ({
  partitionKey: tenantId,
  rowKey: `${String(endOfTime - at).padStart(13, '0')}_${mark}`,
  at: isoTime(at),
  what,
  by,
});

export function createHistoryStore(tables: Tables): HistoryStore {
  const table = tables.table('history');
  return {
    async add(entry, mark) {
      await table.put(toRow(entry, mark));
    },
    async ofTenant(tenantId, most) {
      const entries: HistoryEntry[] = [];
      for await (const stored of table.query({ partitionKey: tenantId })) {
        entries.push(fromRow(stored));
        if (entries.length >= most) break;
      }
      return entries;
    },
    async removeTenant(tenantId) {
      const keys = await Array.fromAsync(table.query({ partitionKey: tenantId, keysOnly: true }));
      for (const { row } of keys) await table.remove(tenantId, row.rowKey);
    },
  };
}
