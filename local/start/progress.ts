import type { TenantDetail } from './relay-api.ts';

/** How far everything is, at one moment. */
export interface Progress {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly feeds: number;
  readonly queued: number;
  readonly delivered: number;
  readonly parked: number;
  readonly lost: number;
  readonly records: number;
}

export function measureProgress(tenants: readonly TenantDetail[], time: number): Progress {
  const feeds = tenants.flatMap((tenant) => tenant.feeds);
  return {
    time,
    feeds: feeds.filter(({ state }) => state === 'active').length,
    queued: feeds.reduce((sum, feed) => sum + feed.contents.queued, 0),
    delivered: feeds.reduce((sum, feed) => sum + feed.contents.delivered, 0),
    parked: feeds.reduce((sum, feed) => sum + feed.contents.parked, 0),
    lost: feeds.reduce((sum, feed) => sum + feed.contents.lost, 0),
    records: feeds.reduce((sum, feed) => sum + feed.records.delivered, 0),
  };
}

/** One line about how far everything is, and how fast records came since `before`. */
export function describeProgress(now: Progress, before: Progress): string {
  const seconds = (now.time - before.time) / 1000;
  const rate = seconds > 0 ? Math.max(0, Math.round((now.records - before.records) / seconds)) : 0;
  const text = (value: number) => value.toLocaleString('en-US');
  const trouble = (['parked', 'lost'] as const).filter((word) => now[word] > 0).map((word) => `, ${now[word]} ${word}`);
  return (
    `${text(now.feeds)} feeds · contents: ${text(now.queued)} queued, ${text(now.delivered)} delivered${trouble.join('')}` +
    ` · records: ${text(now.records)}, ${text(rate)}/s`
  );
}
