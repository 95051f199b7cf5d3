import type { ContentType } from '../../shared/activity-api/content-types.ts';
import type { Row } from '../../shared/state/table.ts';
import type { World } from './world.ts';

const minute = 60_000;
const sampleMs = 10 * minute;

/** One feed, as a person names it. */
export interface FeedName {
  readonly tenantId: string;
  readonly contentType: ContentType;
}

/**
 * How long, between two moments, nothing stood between the app and the API of a tenant: no trouble, storage up, listers
 * that run as usual, and nobody who had paused it, off-boarded it or switched the content type off. Milliseconds, in
 * steps of ten minutes.
 */
export function calmTime({ account, troubles, plan }: World, feed: FeedName, from: number, to: number): number {
  const { tenantId } = feed;
  let calm = 0;
  for (let at = from; at + sampleMs <= to; at += sampleMs) {
    const isTroubled =
      troubles.now('api', at).some((one) => one.tenantId === tenantId) ||
      troubles.now('credential', at).length > 0 ||
      troubles.now('storage', at).length > 0 ||
      !isCollected(account.tenantAt(tenantId, at), feed);
    // After the storm the listers hardly run for a day.
    if (!isTroubled && at < plan.calmFrom + sampleMs * 18) calm += sampleMs;
  }
  return calm;
}

function isCollected(tenant: Row | undefined, { contentType }: FeedName): boolean {
  const isListed = tenant !== undefined && tenant['state'] !== 'paused' && tenant['state'] !== 'leaving';
  return isListed && String(tenant['contentTypes']).split(',').includes(contentType);
}

/** How long processes stood still at most: frozen one after the other, or dead until they were started again. */
export const stoodStill = ({ troubles }: World): number =>
  troubles.of('freeze').reduce((sum, { milliseconds }) => sum + milliseconds, 0) +
  troubles.of('kill').length * 5 * minute;
