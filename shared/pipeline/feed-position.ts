import { endOfHour, hourOf, type Hour, hoursWithinReach, startOfHour } from '../activity-api/hours.ts';
import type { ListedHour } from '../state/hours.ts';

/**
 * The moment up to which every hour is listed to its end.
 * @param rows hours that were ever listed, at least those from the old position on
 */
export function feedPosition(now: number, old: number | undefined, rows: ReadonlyMap<Hour, ListedHour>): number {
  const reach = hoursWithinReach(now);
  const from = old === undefined ? undefined : hourOf(old);
  for (const hour of reach) {
    if (from !== undefined && hour < from) continue;
    const listedTo = rows.get(hour)?.listedTo ?? startOfHour(hour);
    if (listedTo < endOfHour(hour)) return Math.max(listedTo, old ?? 0);
  }
  return old ?? startOfHour(hourOf(now));
}
