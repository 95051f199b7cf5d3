import { endOfHour, hourOf, type Hour, hoursWithinReach, startOfHour } from '../activity-api/hours.ts';
import type { Gap } from '../state/feeds.ts';
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

/** The span that went out of reach before it was listed, if any. */
export function gapBehind(now: number, position: number | undefined, why: string): Gap | undefined {
  const oldest = hoursWithinReach(now)[0];
  if (position === undefined || oldest === undefined || position >= startOfHour(oldest)) return undefined;
  return { from: position, to: startOfHour(oldest), why };
}
