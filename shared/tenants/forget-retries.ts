import { RowConflict } from '../state/table.ts';
import type { FeedStore } from '../state/feeds.ts';

/** How often the feeds are read again when the lister wrote one meanwhile. */
const mostRounds = 5;

/**
 * Lets the lister look at feeds that are not active without waiting for their next try. When a subscription was last
 * started stays known: Microsoft counts starts.
 * @throws StorageError, RowConflict if the lister kept coming between
 */
export async function forgetRetries({ feeds }: { readonly feeds: FeedStore }, tenantId: string): Promise<void> {
  for (let round = 1; ; round += 1) {
    const waiting = (await feeds.ofTenant(tenantId)).filter(({ value }) => value.retryAt !== undefined);
    try {
      for (const { value, etag } of waiting) await feeds.replace({ ...value, retryAt: undefined }, etag);
      return;
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
    }
  }
}
