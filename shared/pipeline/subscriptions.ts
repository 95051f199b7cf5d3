import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { roleFor } from '../activity-api/content-types.ts';
import type { TenantAddress } from '../entra/clouds.ts';
import { EntraError } from '../entra/entra-error.ts';
import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import type { Pipeline } from './pipeline.ts';

const minute = 60_000;

/** Microsoft answers one start in 15 minutes; one that failed on the way may be sent again after a minute. */
const afterAnswerMs = 15 * minute;
const afterSilenceMs = minute;

/** A subscription that is found disabled sooner than this after its start was not disabled by chance. */
const startLastsMs = 60 * minute;

const mayStart = (feed: Feed, now: number): boolean =>
  feed.startedAt === undefined || now >= feed.startedAt + (feed.startAnswered ? afterAnswerMs : afterSilenceMs);

const needsLook = (feed: Feed, now: number): boolean =>
  feed.state !== 'active' && mayStart(feed, now) && (feed.retryAt === undefined || now >= feed.retryAt);

/** The feeds of a tenant as they are now, written; `asked` if the API had to be asked for their subscriptions. */
export interface SubscribedFeeds {
  readonly feeds: readonly Stored<Feed>[];
  readonly asked: boolean;
}

/**
 * Makes sure that every feed of a tenant has an enabled subscription. Subscriptions are listed before any is started,
 * and only when a feed is not known to be active.
 * @throws ActivityApiError, EntraError of the listing, or of a start if it concerns the whole tenant; StorageError,
 * RowConflict; whatever a single start comes to else stays with its feed
 */
export async function ensureSubscriptions(
  pipeline: Pipeline,
  tenant: TenantAddress,
  feeds: readonly Stored<Feed>[],
  signal: AbortSignal,
): Promise<SubscribedFeeds> {
  if (!feeds.some(({ value }) => needsLook(value, pipeline.clock.now()))) return { feeds, asked: false };
  const subscriptions = await pipeline.api.listSubscriptions(tenant, signal);
  const enabled = new Set(subscriptions.filter((one) => one.enabled).map((one) => one.contentType));
  // All are seen to their end, so that nothing of them goes on behind our back when one fails.
  const results = await Promise.allSettled(
    feeds.map(async (feed) => {
      if (feed.value.state === 'active') return feed;
      if (enabled.has(feed.value.contentType)) return save(pipeline, feed, active);
      return needsLook(feed.value, pipeline.clock.now()) ? start(pipeline, tenant, feed, signal) : feed;
    }),
  );
  const written = results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  return { feeds: written, asked: true };
}

const active = { state: 'active', detail: undefined, retryAt: undefined } as const;

async function start(
  pipeline: Pipeline,
  tenant: TenantAddress,
  feed: Stored<Feed>,
  signal: AbortSignal,
): Promise<Stored<Feed>> {
  const { contentType } = feed.value;
  // Written before the request: if we die meanwhile, the start counts as answered.
  const asked = await save(pipeline, feed, { startedAt: pipeline.clock.now(), startAnswered: true });
  try {
    await pipeline.api.startSubscription(tenant, contentType, signal);
    pipeline.log.info('subscription-started', { tenantId: tenant.tenantId, contentType });
    return await save(pipeline, asked, active);
  } catch (error) {
    // Without a token nothing was sent, hence nothing can have been answered.
    if (error instanceof EntraError) await save(pipeline, asked, { startAnswered: false });
    if (!(error instanceof ActivityApiError)) throw error;
    pipeline.log.warn('subscription-not-started', {
      tenantId: tenant.tenantId,
      contentType,
      kind: error.kind,
      error: error.message,
    });
    switch (error.kind) {
      case 'audit-off':
        throw error;
      case 'unreachable':
      case 'server-failed':
        return save(pipeline, asked, { startAnswered: false, detail: error.message });
      case 'throttled':
        return save(pipeline, asked, {
          detail: error.message,
          retryAt: pipeline.clock.now() + (error.retryAfterMs ?? afterAnswerMs),
        });
      default:
        return save(pipeline, asked, afterRefusal(feed.value, error, pipeline.clock.now()));
    }
  }
}

/** What a feed looks like after the API refused its content type, on a start or on a listing. */
export function afterRefusal(feed: Feed, error: ActivityApiError, now: number): Partial<Feed> {
  switch (error.kind) {
    case 'permission-missing':
      return {
        state: 'permission-missing',
        detail: `The permission ${roleFor(feed.contentType)} is missing: the customer’s administrator has to consent again.`,
        retryAt: now + afterAnswerMs,
      };
    case 'subscription-disabled':
      // AF20023: started once more; if that is refused, or does not last, someone means it.
      return feed.state === 'active' && now >= (feed.startedAt ?? 0) + startLastsMs
        ? { state: 'starting', detail: error.message }
        : { state: 'disabled', detail: error.message, retryAt: now + afterAnswerMs };
    case 'no-subscription':
      return { state: 'starting', detail: error.message };
    default:
      return { detail: error.message };
  }
}

async function save({ feeds }: Pipeline, feed: Stored<Feed>, change: Partial<Feed>): Promise<Stored<Feed>> {
  const value = { ...feed.value, ...change };
  return { value, etag: await feeds.replace(value, feed.etag) };
}
