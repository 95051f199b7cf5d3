import { type Hour, hourOf } from '../activity-api/hours.ts';
import type { DayRecords } from '../state/feeds.ts';
import type { ListedHour } from '../state/hours.ts';

const hoursOfDay = Array.from({ length: 24 }, (_none, index) => String(index).padStart(2, '0'));

const dayOf = (now: number): string => hourOf(now).slice(0, 10);

/**
 * The records of this day (UTC) that are delivered, hour by hour.
 * @param before what was known; stays where an hour is not among `rows`, or not closed
 */
export function dayRecords(
  now: number,
  before: DayRecords | undefined,
  rows: ReadonlyMap<Hour, ListedHour>,
): DayRecords | undefined {
  const day = dayOf(now);
  const known = before?.day === day ? before.byHour : [];
  const byHour = hoursOfDay.map(
    (hour, index) => rows.get(`${day}T${hour}`)?.sums?.records.delivered ?? known[index] ?? 0,
  );
  return byHour.some((count) => count > 0) ? { day, byHour } : undefined;
}

/** What a feed knows of this day; none before the lister has looked at it today. */
export const recordsToday = (now: number, delivered: DayRecords | undefined): number =>
  delivered?.day === dayOf(now) ? delivered.byHour.reduce((sum, count) => sum + count, 0) : 0;
