import type { ContentType } from '../activity-api/content-types.ts';
import type { Hour } from '../activity-api/hours.ts';

/** One (tenant, content type). */
export interface FeedId {
  readonly tenantId: string;
  readonly contentType: ContentType;
}

/** The partition of a feed's hours. */
export const feedKey = (feed: FeedId): string => `${feed.tenantId}_${feed.contentType}`;

/** The partition of one hour's ledger rows. */
export const hourKey = (feed: FeedId, hour: Hour): string => `${feedKey(feed)}_${hour}`;

/** The feed of a partition made by `feedKey`. */
export const feedOfKey = (key: string): FeedId => {
  const cut = key.indexOf('_');
  return { tenantId: key.slice(0, cut), contentType: key.slice(cut + 1) as ContentType };
};
