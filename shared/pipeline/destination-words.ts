import type { DestinationMark } from '../state/destination-marks.ts';

/** What is wrong with a destination that is down, since when, and when it is asked again. @param now milliseconds since the epoch */
export function downInWords({ reason = '', since, times, until }: DestinationMark, now: number): string {
  const often = times === 1 ? 'once' : `${times} times in a row`;
  const next = until > now ? `asked again at ${utc(until)}` : 'asked again with the next batch';
  return `${reason} (Failed ${often} since ${utc(since)}; ${next}.)`.trimStart();
}

/** To the second. */
const utc = (time: number): string => new Date(time).toISOString().replace(/\.\d+/, '');
