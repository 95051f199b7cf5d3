import { type Hour, hourMs, hourOf } from '../../../../shared/activity-api/hours.ts';
import type { ContentType } from '../../../../shared/activity-api/content-types.ts';
import { pictureSpan } from '../../../../shared/console/pages/pictured-hours.ts';
import type { FeedAccount, HourAccount } from '../../../../shared/tenants/completeness.ts';

export const now = Date.parse('2026-11-22T10:30:00Z');
export const span = pictureSpan(now);

/** The hour that was so many hours ago; 0 is the current one. */
export const hourAgo = (hours: number): Hour => hourOf(now - hours * hourMs);

/** An hour in which nothing was found, unless told. */
export const hourWith = (
  hour: Hour,
  contents: Partial<HourAccount['contents']> = {},
  more: { records?: Partial<HourAccount['records']>; lostReasons?: HourAccount['lostReasons'] } = {},
): HourAccount => {
  const all = { delivered: 0, parked: 0, lost: 0, pending: 0, ...contents };
  return {
    hour,
    contents: { ...all, listed: all.delivered + all.parked + all.lost + all.pending },
    records: { delivered: 0, duplicates: 0, parked: 0, ...more.records },
    ...(more.lostReasons ? { lostReasons: more.lostReasons } : {}),
  };
};

export const feedWith = (
  hours: readonly HourAccount[],
  gaps: FeedAccount['gaps'] = [],
  contentType: ContentType = 'Audit.Exchange',
): FeedAccount => ({ contentType, hours, gaps });
