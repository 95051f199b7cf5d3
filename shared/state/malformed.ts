import { sha256 } from '../hash.ts';
import { isoTime, text, time } from './columns.ts';
import { RowConflict, type Tables } from './table.ts';

/** A queue message, or a content in one, that nobody listed: kept with its text, never fetched. */
export interface Malformed {
  /** Made from the text: the same text is one entry. */
  readonly id: string;
  readonly text: string;
  readonly reason: string;
  readonly firstSeen: number;
}

/** Partition `malformed` of the monthly ledger. */
export interface MalformedStore {
  park(message: { text: string; reason: string }, now: number): Promise<void>;
  all(): Promise<Malformed[]>;
}

const partitionKey = 'malformed';

// Table Storage holds 32 Ki UTF-16 units in a column; a queue message may be longer.
const longestText = 30_000;

export function createMalformedStore(tables: Tables): MalformedStore {
  return {
    async park(message, now) {
      const month = new Date(now).toISOString().slice(0, 7).replace('-', '');
      try {
        await tables.table(`ledger${month}`).insert({
          partitionKey,
          rowKey: sha256(message.text),
          // A cut may leave half a character, which Table Storage does not take.
          text: message.text.slice(0, longestText).toWellFormed(),
          reason: message.reason,
          firstSeen: isoTime(now),
        });
      } catch (error) {
        // Seen before: one row is enough.
        if (!(error instanceof RowConflict)) throw error;
      }
    },
    async all() {
      const names = await tables.names('ledger');
      const rows = await Promise.all(names.map((name) => Array.fromAsync(tables.table(name).query({ partitionKey }))));
      return rows.flat().map(({ row }) => ({
        id: row.rowKey,
        text: text(row, 'text'),
        reason: text(row, 'reason'),
        firstSeen: time(row, 'firstSeen'),
      }));
    },
  };
}
