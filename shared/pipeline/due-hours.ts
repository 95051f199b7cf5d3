import { endOfHour, type Hour, hourMs, hourOf, hoursWithinReach } from '../activity-api/hours.ts';
import type { ListedHour } from '../state/hours.ts';

/** Contents of a feed that may be open before listing it further would only make the backlog longer. */
export const mostOpenContents = 2000;

const dayMs = 24 * hourMs;

const urgentMs = 144 * hourMs;

/** Hours that are listed even at the bound: soon nobody could list them any more. */
export const isUrgent = (hour: Hour, now: number): boolean => endOfHour(hour) < now - urgentMs;

/**
 * Whether an hour past its end must be listed (again): not since it ended, or not for a day. Without a hash its last
 * listing was not carried through, or counts no more.
 */
const isDue = (hour: Hour, row: ListedHour | undefined, now: number): boolean =>
  row?.listedAt === undefined ||
  row.hash === undefined ||
  (row.listedTo ?? 0) < endOfHour(hour) ||
  row.listedAt < now - dayMs;

/**
 * The hours to list now, in this order: the current one and the last; in every fifth cycle the three before them; then,
 * oldest first, every hour within reach that is due. (One rule catches up a new tenant, makes good an outage and sweeps daily.)
 * @param rows the hours within reach that were ever listed; `undefined` if none can be due
 * @param sweepFrom the due hours before this one come last
 */
export function dueHours(
  now: number,
  cycle: number,
  rows: ReadonlyMap<Hour, ListedHour> | undefined,
  sweepFrom: Hour = '',
): Hour[] {
  const reach = hoursWithinReach(now);
  const recent = reach.slice(cycle % 5 === 0 ? -5 : -2).toReversed();
  const swept = rows === undefined ? [] : reach.slice(0, -2).filter((hour) => isDue(hour, rows.get(hour), now));
  const later = swept.filter((hour) => hour >= sweepFrom);
  return [...new Set([...recent, ...later, ...swept])];
}

/** When the next older hour becomes due, given that all that were due have been listed. */
export function nextSweepAt(now: number, rows: ReadonlyMap<Hour, ListedHour>): number {
  const older = hoursWithinReach(now).slice(0, -2);
  const soonest = Math.min(...older.map((hour) => (rows.get(hour)?.listedAt ?? now - dayMs) + dayMs));
  // An hour that ends is listed as "the last" for an hour more; whether that happened is looked at when it has passed.
  return Math.min(soonest, endOfHour(hourOf(now)));
}
