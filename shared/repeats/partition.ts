import { type Hour, hourMs, hourOf, monthOf, startOfHour } from '../activity-api/hours.ts';
import type { Clock } from '../clock.ts';
import { type SeenPlace, type SeenRow, type SeenStore } from '../state/seen.ts';
import { createIdTable, type IdTable } from './id-table.ts';
import type { Claim } from './claim.ts';
import { addEntries } from './seen-entries.ts';

const dayMs = 24 * hourMs;

/** Clocks differ by no more than this. */
const aheadMs = 2 * 60_000;

/**
 * What is read again behind the point where one stopped, and how long after its end a month is read for good: a row goes
 * by the time when its write began, which may have been tried again since, or its process frozen.
 */
const slackMs = 10 * 60_000;

/** What this process knows of one place. */
export interface Partition {
  readonly place: SeenPlace;
  /** What the destination has. */
  readonly ids: IdTable;
  /** What is in flight to it, by the key of `writeId`. */
  readonly claims: Map<string, Claim>;
  /** Batches that use it. */
  users: number;
  /**
   * Reads what was written since the last time, and writes what could not be written before. Whoever comes while that
   * goes on shares it. @throws StorageError
   */
  read(): Promise<void>;
  /** Writes entries that are in `ids`, or will be. @throws StorageError */
  write(entries: Uint8Array): Promise<void>;
  /** Keeps entries that could not be written; the next read begins with writing them. */
  keep(entries: Uint8Array): void;
  /** Whether the table holds all that is known here. */
  isWritten(): boolean;
}

interface MonthRead {
  readonly begun: number;
  /** It ended long enough before it was read. */
  readonly final: boolean;
}

/**
 * The months in which a record of this hour may have been acknowledged: none before it came to be, give or take a day
 * for clocks, and none that the retention has dropped. A time in the future, or none at all such as
 * 31 February, says nothing.
 */
export function monthsToRead(hour: Hour, now: number, retentionDays: number): string[] {
  const oldest = now - retentionDays * dayMs;
  const created = startOfHour(hour) - dayMs;
  const last = now + aheadMs;
  const months = new Set<string>();
  // No month is shorter than 28 days, so steps of that length pass over none.
  for (let at = created <= now ? Math.max(oldest, created) : oldest; at < last; at += 28 * dayMs) {
    months.add(monthOf(hourOf(at)));
  }
  return [...months.add(monthOf(hourOf(last)))];
}

const endOfMonth = (month: string): number => Date.UTC(Number(month.slice(0, 4)), Number(month.slice(4)));

export function createPartition(
  place: SeenPlace,
  { seen, clock, retentionDays }: { seen: SeenStore; clock: Pick<Clock, 'now'>; retentionDays: number },
): Partition {
  const ids = createIdTable();
  const months = new Map<string, MonthRead>();
  // Keys of the rows that the slack will bring again.
  let recent = new Set<string>();
  let reading: Promise<void> | undefined;
  const unwritten = new Set<Uint8Array>();

  const write = async (entries: Uint8Array): Promise<void> => {
    for (const key of await seen.write(place, clock.now(), entries)) recent.add(key);
  };

  const merge = ({ key, entries }: SeenRow): void => {
    if (recent.has(key)) return;
    addEntries(ids, entries);
    recent.add(key);
  };

  const readMonth = async (month: string, begun: number): Promise<void> => {
    const before = months.get(month);
    if (before?.final === true) return;
    // What the slack brings again are mostly rows that are known, and rows are large.
    const from = before && (await seen.keys(place, month, before.begun - slackMs)).find((key) => !recent.has(key));
    if (before === undefined || from !== undefined) for await (const row of seen.read(place, month, from)) merge(row);
    months.set(month, { begun, final: begun >= endOfMonth(month) + slackMs });
  };

  const readAll = async (): Promise<void> => {
    for (const entries of unwritten) {
      await write(entries);
      unwritten.delete(entries);
    }
    const begun = clock.now();
    const all = monthsToRead(place.hour, begun, retentionDays);
    await Promise.all(all.map((month) => readMonth(month, begun)));
    const oldest = new Date(begun - slackMs).toISOString();
    recent = new Set([...recent].filter((key) => key >= oldest));
  };

  return {
    place,
    ids,
    claims: new Map(),
    users: 0,
    read() {
      reading ??= readAll().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    write,
    keep(entries) {
      unwritten.add(entries);
    },
    isWritten: () => unwritten.size === 0,
  };
}
