import type { HourSums } from '../../shared/state/hours.ts';
import type { EndedContent, Evidence } from './evidence.ts';

/** No hour is open without reason, none that needs it is missing in the index, and its sums are those of its rows. */
export function judgeHours({ contents, hours, open }: Evidence): string[] {
  const byHour = Map.groupBy(contents.values(), ({ hour }) => hour);
  const wrong: string[] = [];
  for (const [key, { row }] of hours) {
    const own = byHour.get(key) ?? [];
    const needed = own.some(holdsParked);
    if (row.open && !needed) wrong.push(`${key} is open without reason`);
    if (needed && !open.has(key)) wrong.push(`${key} holds parked contents, but is not in the index of open hours`);
    if (!row.open && row.sums !== undefined) {
      const sums = JSON.stringify(row.sums);
      if (sums !== JSON.stringify(sumOf(own))) wrong.push(`${key} sums up to ${sums}, its rows do not`);
    }
  }
  for (const key of open) {
    // A lister died between the two writes: the row stays until its hour is out of reach.
    const isHourless = !hours.has(key);
    const needed = (byHour.get(key) ?? []).some(holdsParked);
    if (!isHourless && !needed) wrong.push(`${key} is in the index of open hours without reason`);
  }
  return wrong;
}

/** A content that is parked, or of which a record is: it may be lost itself. */
const holdsParked = ({ row, records }: EndedContent): boolean =>
  row.state === 'parked' || records.some(({ state }) => state === 'parked');

/** What an hour's sums have to be. */
export function sumOf(contents: readonly EndedContent[]): HourSums {
  const count = (state: string): number => contents.filter(({ row }) => row.state === state).length;
  const add = (of: (content: EndedContent) => number): number => contents.reduce((sum, one) => sum + of(one), 0);
  return {
    contents: { queued: 0, delivered: count('delivered'), parked: count('parked'), lost: count('lost') },
    records: {
      delivered: add(({ row }) => row.records.delivered),
      duplicates: add(({ row }) => row.records.duplicates),
      parked: add(
        ({ records }) => new Set(records.filter(({ state }) => state === 'parked').map(({ ordinal }) => ordinal)).size,
      ),
    },
  };
}
