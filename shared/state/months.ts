import type { Tables } from './table.ts';

/** The monthly tables `ledger<yyyymm>`, `hours<yyyymm>` and `seen<yyyymm>`, month by month. All throw StorageError. */
export interface MonthStore {
  /** The months (`yyyymm`) that have a table of any kind, in order. */
  all(): Promise<string[]>;
  /** Drops what there is of a month. The hours go first: they say nothing that a ledger does not stand behind. */
  drop(month: string): Promise<void>;
}

const kinds = ['hours', 'ledger', 'seen'] as const;

const monthly = new RegExp(`^(?:${kinds.join('|')})(\\d{6})$`);

export const createMonthStore = (tables: Tables): MonthStore => ({
  async all() {
    const months = (await tables.names('')).flatMap((name) => monthly.exec(name)?.[1] ?? []);
    return [...new Set(months)].toSorted();
  },
  async drop(month) {
    const names = new Set(await tables.names(''));
    for (const kind of kinds) if (names.has(`${kind}${month}`)) await tables.drop(`${kind}${month}`);
  },
});
