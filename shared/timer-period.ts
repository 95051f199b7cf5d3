import { z } from 'zod';

/** Azure keeps no status of a schedule of less than a minute. */
const scheduled = z.object({
  scheduleStatus: z.object({ last: z.iso.datetime({ offset: true }), next: z.iso.datetime({ offset: true }) }),
});

/** In less than this a listing cycle comes to nothing. */
const leastMs = 5_000;

/**
 * How often a timer runs, milliseconds, if the platform says so. Azure hands over what it wrote after the last run, where
 * `next` is this one: only the difference of the two means the same everywhere.
 */
export function timerPeriod(timer: unknown): number | undefined {
  const { data } = scheduled.safeParse(timer);
  if (data === undefined) return undefined;
  const { last, next } = data.scheduleStatus;
  return Math.max(leastMs, Date.parse(next) - Date.parse(last));
}
