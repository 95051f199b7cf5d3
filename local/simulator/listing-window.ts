import { ApiRefusal } from './api-refusal.ts';

const day = 86_400_000;
const format = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?Z?)?$/;

/** A span of listing: `from` inclusive, `to` exclusive, milliseconds since the epoch; and the text it was asked with. */
export interface ListingWindow {
  readonly from: number;
  readonly to: number;
  readonly startTime: string;
  readonly endTime: string;
}

function readTime(name: string, text: string): number {
  const zoned = text.endsWith('Z') || !text.includes('T') ? text : `${text}Z`;
  const time = format.test(text) ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new ApiRefusal(400, 'AF20002', `Invalid parameter type: ${name}. Expected type: datetime`);
  }
  return time;
}

/**
 * The window of a listing by the rules of section 1.4: both times, UTC, start before end, at most 24 hours apart, start
 * no more than 7 days back.
 * @param now milliseconds since the epoch
 * @throws ApiRefusal
 */
export function readWindow(query: ReadonlyMap<string, string>, now: number): ListingWindow {
  const startTime = query.get('starttime');
  const endTime = query.get('endtime');
  if (startTime === undefined || endTime === undefined) {
    throw new ApiRefusal(
      400,
      'AF20030',
      'Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours ' +
        'apart, with the start time no more than 7 days in the past.',
    );
  }
  const from = readTime('startTime', startTime);
  const to = readTime('endTime', endTime);
  if (from >= to || to - from > day || from < now - 7 * day) {
    throw new ApiRefusal(
      400,
      'AF20055',
      'Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours ' +
        'apart, with the start time prior to end time and start time no more than 7 days in the past.',
    );
  }
  return { from, to, startTime, endTime };
}
