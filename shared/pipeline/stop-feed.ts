import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import type { TenantAddress } from '../entra/clouds.ts';
import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import type { Pipeline } from './pipeline.ts';
import { troubleOf } from './tenant-trouble.ts';

/**
 * Stops the subscription of one feed at Microsoft, and writes down that it is. One that is stopped already is left alone.
 * @param feed as `beginStop` left it
 * @returns the feed as it is now
 * @throws ActivityApiError and EntraError if a later try may do better; StorageError, RowConflict, the signal's reason
 */
export async function stopFeed(
  { api, feeds, log }: Pick<Pipeline, 'api' | 'feeds' | 'log'>,
  tenant: TenantAddress,
  feed: Stored<Feed>,
  signal: AbortSignal,
): Promise<Stored<Feed>> {
  if (feed.value.state === 'stopped') return feed;
  const { tenantId, contentType } = feed.value;
  try {
    await api.stopSubscription(tenant, contentType, signal);
    log.info('subscription-stopped', { tenantId, contentType });
  } catch (error) {
    if (!isShutOut(error)) throw error;
    log.warn('subscription-not-stopped', { tenantId, contentType, error: (error as Error).message });
  }
  const value: Feed = { ...feed.value, state: 'stopped', detail: undefined, retryAt: undefined };
  return { value, etag: await feeds.replace(value, feed.etag) };
}

/** Whether we have no access to the tenant's records any more, or never had: then there is nothing left to stop. */
const isShutOut = (error: unknown): boolean =>
  troubleOf(error) !== undefined || (error instanceof ActivityApiError && error.kind === 'permission-missing');
