import type { Subscription } from '../activity-api/activity-api.ts';
import { ActivityApiError } from '../activity-api/activity-api-error.ts';
import { EntraError } from '../entra/entra-error.ts';
import type { Feed, Stop } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import type { Tenant } from '../state/tenants.ts';
import { changeAll, type ChangedFeeds } from './change-all.ts';
import { changeFeed } from './change-feed.ts';
import { permissionDetail } from './check-roles.ts';
import { endedStops, openStop, stopReasons, stopsFrom, stopsUntil } from './feed-stops.ts';
import { lastSubscribed } from './last-subscribed.ts';
import type { Pipeline } from './pipeline.ts';

const minute = 60_000;

/** Microsoft answers one start in 15 minutes; one that failed on the way may be sent again after a minute. */
const afterAnswerMs = 15 * minute;
const afterSilenceMs = minute;

/** A subscription that is found disabled sooner than this after its start was not disabled by chance. */
const startLastsMs = 60 * minute;

/** From when on a feed's subscription may be started again, milliseconds since the epoch. */
export const startableAt = ({ startedAt, startAnswered }: Pick<Feed, 'startedAt' | 'startAnswered'>): number =>
  startedAt === undefined ? -Infinity : startedAt + (startAnswered ? afterAnswerMs : afterSilenceMs);

/** Whether there is nothing to be seen to: a stop that was not answered may have been carried out. */
const isSubscribed = (feed: Feed): boolean => feed.state === 'active' && openStop(feed) === undefined;

/** Looking costs no start: one that was answered may take effect a little later. */
const needsLook = (feed: Feed, now: number): boolean =>
  !isSubscribed(feed) && now >= Math.max((feed.startedAt ?? -Infinity) + afterSilenceMs, feed.retryAt ?? -Infinity);

/** What became of the subscriptions of one tenant's feeds. */
export interface SubscribedFeeds extends ChangedFeeds {
  /** Whether the API had to be asked for the subscriptions, and answered. */
  readonly asked: boolean;
}

/**
 * Makes sure that every feed of a tenant has an enabled subscription. Subscriptions are listed before any is started,
 * and only when a feed is not known to be active, or somebody asked for a check. Errors are part of the answer, so that
 * they stop no active feed: ActivityApiError and EntraError of the look, or of a start if it concerns the whole tenant;
 * StorageError, RowConflict, the signal's reason. Whatever else a single start comes to stays with its feed.
 */
export async function ensureSubscriptions(
  pipeline: Pipeline,
  tenant: Tenant,
  feeds: readonly Stored<Feed>[],
  signal: AbortSignal,
): Promise<SubscribedFeeds> {
  const now = pipeline.clock.now();
  const isAsked = feeds.length > 0 && tenant.checkAskedAt !== undefined;
  if (!isAsked && !feeds.some(({ value }) => needsLook(value, now))) return { feeds, asked: false, failures: [] };
  let subscriptions: readonly Subscription[];
  try {
    subscriptions = await pipeline.api.listSubscriptions(tenant, signal);
  } catch (error) {
    const { feeds: written, failures } = await changeAll(feeds, putOff(pipeline, feeds, error));
    return { feeds: written, asked: false, failures: [error, ...failures] };
  }
  const enabled = new Set(subscriptions.filter((one) => one.enabled).map((one) => one.contentType));
  const changed = await changeAll(feeds, async (feed) => {
    const isEnabled = enabled.has(feed.value.contentType);
    if (isSubscribed(feed.value) && (isEnabled || !isAsked)) return feed;
    if (isEnabled) return changeFeed(pipeline, feed, activeAgain(pipeline, feed.value));
    const at = pipeline.clock.now();
    if (at >= startableAt(feed.value) && (isAsked || needsLook(feed.value, at)))
      return start(pipeline, tenant, feed, signal);
    return feed.value.state === 'active' ? changeFeed(pipeline, feed, missing) : feed;
  });
  return { ...changed, asked: true };
}

/**
 * Feeds that could not be looked at were visited all the same, or their tenant would be the first in every cycle. As long
 * as others can be listed there is no hurry, and a look that fails each time must not cost those their time.
 */
function putOff(
  pipeline: Pipeline,
  feeds: readonly Stored<Feed>[],
  error: unknown,
): (feed: Stored<Feed>) => Promise<Stored<Feed>> {
  const now = pipeline.clock.now();
  const retryAt = now + (feeds.some(({ value }) => value.state === 'active') ? afterAnswerMs : afterSilenceMs);
  return async (feed) => {
    // Our own credential says nothing about any tenant.
    if ((error instanceof EntraError && error.kind === 'credential-refused') || !needsLook(feed.value, now))
      return feed;
    if (!(error instanceof ActivityApiError)) return changeFeed(pipeline, feed, {});
    return changeFeed(pipeline, feed, { retryAt, detail: feed.value.detail ?? error.message });
  };
}

const active = { state: 'active', detail: undefined, retryAt: undefined } as const;

/** With its stop ended; one that was asked for in vain, of a feed that is subscribed after all, never was. */
const activeAgain = ({ clock }: Pipeline, feed: Feed): Partial<Feed> => ({
  ...active,
  stops: feed.state === 'active' ? endedStops(feed) : stopsUntil(feed, clock.now()),
});

const missing = { state: 'starting', detail: 'Microsoft has no enabled subscription of it any more.' } as const;

async function start(
  pipeline: Pipeline,
  tenant: Tenant,
  feed: Stored<Feed>,
  signal: AbortSignal,
): Promise<Stored<Feed>> {
  const { contentType } = feed.value;
  // Written before the request: if we die meanwhile, the start counts as answered.
  const asked = await changeFeed(pipeline, feed, {
    ...(feed.value.state === 'active' ? missing : {}),
    startedAt: pipeline.clock.now(),
    startAnswered: true,
    stops: await stopsBeforeStart(pipeline, feed.value),
  });
  try {
    await pipeline.api.startSubscription(tenant, contentType, signal);
    pipeline.log.info('subscription-started', { tenantId: tenant.tenantId, contentType });
    return await changeFeed(pipeline, asked, activeAgain(pipeline, asked.value));
  } catch (error) {
    // Without a token nothing was sent, hence nothing can have been answered. (Broken off, it may have been sent: the
    // reason is another tenant's error.)
    if (error instanceof EntraError && !signal.aborted) await changeFeed(pipeline, asked, { startAnswered: false });
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
        return changeFeed(pipeline, asked, { startAnswered: false, detail: error.message });
      case 'throttled':
        return changeFeed(pipeline, asked, {
          detail: error.message,
          retryAt: pipeline.clock.now() + (error.retryAfterMs ?? afterAnswerMs),
        });
      default:
        return changeFeed(pipeline, asked, afterRefusal(pipeline, tenant, feed.value, error));
    }
  }
}

/** One that nobody here stopped has been gone since some moment that nobody knows. */
async function stopsBeforeStart(pipeline: Pipeline, feed: Feed): Promise<readonly Stop[]> {
  if (openStop(feed) !== undefined) return feed.stops;
  const from = await lastSubscribed(pipeline, feed);
  return from === undefined ? feed.stops : stopsFrom(feed, from, stopReasons.vanished);
}

/** What a feed looks like after the API refused its content type, on a start or on a listing. */
export function afterRefusal(
  { clock, tokens }: Pick<Pipeline, 'clock' | 'tokens'>,
  tenant: Tenant,
  feed: Feed,
  error: ActivityApiError,
): Partial<Feed> {
  const now = clock.now();
  switch (error.kind) {
    case 'permission-missing':
      // Our token had the role, or nothing had been asked: a new one tells whether the consent still gives it.
      tokens.forget(tenant);
      return {
        state: 'permission-missing',
        detail: permissionDetail(feed.contentType),
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
