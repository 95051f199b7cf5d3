/** An hour of UTC, the unit of listing, written `2026-11-22T10`. It spans `[h, h+1)`. Sorts by time. */
export type Hour = string & { readonly brand?: 'Hour' };

export const hourMs = 3_600_000;

/** How far back a listing may start: 7 days less an hour, since "exactly 7 days" is refused by the time it arrives. */
export const reachMs = 167 * hourMs;

const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}$/;

const mostKept = 10_000;

/** Hours that were asked for before: each listing of each feed walks through the same 168. */
const kept = new Map<number, Hour>();

/** The hour that holds a moment. @param time milliseconds since the epoch */
export function hourOf(time: number): Hour {
  const index = Math.floor(time / hourMs);
  let hour = kept.get(index);
  if (hour === undefined) {
    hour = new Date(time).toISOString().slice(0, 13);
    if (kept.size >= mostKept) kept.clear();
    kept.set(index, hour);
  }
  return hour;
}

/** The first millisecond of an hour. */
export const startOfHour = (hour: Hour): number => Date.parse(`${hour}:00:00.000Z`);

/** The first millisecond after an hour. */
export const endOfHour = (hour: Hour): number => startOfHour(hour) + hourMs;

/** The month of an hour as monthly tables are named: `202611`. */
export const monthOf = (hour: Hour): string => hour.slice(0, 4) + hour.slice(5, 7);

export const isHour = (text: string): text is Hour =>
  pattern.test(text) && !Number.isNaN(startOfHour(text)) && hourOf(startOfHour(text)) === text;

/** An hour is within reach as long as a listing may still start with it. */
export const isWithinReach = (hour: Hour, now: number): boolean => startOfHour(hour) >= now - reachMs;

/** The hours within reach, oldest first, the current one last. */
export function hoursWithinReach(now: number): Hour[] {
  const hours: Hour[] = [];
  const current = startOfHour(hourOf(now));
  for (let start = current; start >= now - reachMs; start -= hourMs) hours.unshift(hourOf(start));
  return hours;
}
