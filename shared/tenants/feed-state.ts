import type { Feed, FeedState } from '../state/feeds.ts';
import type { Tenant } from '../state/tenants.ts';

/** Whether the feed's content type is to be collected. */
export const isWanted = ({ contentTypes }: Tenant, { contentType }: Pick<Feed, 'contentType'>): boolean =>
  contentTypes.includes(contentType);

/**
 * The state of a feed as people see it: what was chosen counts at once. The lister's own row says `stopped` only when
 * the subscription is stopped at Microsoft.
 */
export function shownState(tenant: Tenant, feed: Feed): FeedState {
  if (!isWanted(tenant, feed)) return 'stopped';
  return feed.state === 'stopped' ? 'starting' : feed.state;
}
