import type { ActivityApi, ListedContent } from '../../shared/activity-api/activity-api.ts';
import { ActivityApiError, type ActivityApiErrorKind } from '../../shared/activity-api/activity-api-error.ts';
import type { ContentType } from '../../shared/activity-api/content-types.ts';
import type { TenantAddress } from '../../shared/entra/clouds.ts';
import { EntraError } from '../../shared/entra/entra-error.ts';
import { bodyOf } from './bodies.ts';
import type { FeedName } from './calm-time.ts';
import type { Chance } from './chance.ts';
import type { PlannedContent } from './plan.ts';
import type { Scheduler, SimulatedProcess } from './scheduler.ts';
import { createSimulatedSubscriptions, type Missed } from './simulated-subscriptions.ts';
import type { Troubles } from './troubles.ts';

/** What the API saw, for the account. */
export interface ApiObserver {
  fetched(process: SimulatedProcess, contentId: string): void;
  /** It was asked for while its subscription was stopped. */
  fetchedStopped(process: SimulatedProcess, content: PlannedContent): void;
  /** The body that it was given could not be cut, or a 4xx came instead: a failure of the content's own. */
  garbled(contentId: string): void;
}

export interface WorldApi {
  /** When a feed had no subscription any more. */
  missed(feed: FeedName): readonly Missed[];
  forProcess(process: SimulatedProcess): ActivityApi;
}

/** How long the client waits for an answer. */
const answerMs = 30_000;
const pageSize = 7;

const error = (
  kind: ActivityApiErrorKind,
  details: { retryAfterMs?: number; timedOut?: boolean } = {},
): ActivityApiError => new ActivityApiError(`The API said ${kind}.`, { kind, ...details });

/** The Activity API in memory, behind the seam of its client: errors are those that the client makes of answers. */
export function createWorldApi(
  contents: readonly PlannedContent[],
  troubles: Troubles,
  scheduler: Scheduler,
  chance: Chance,
  observer: ApiObserver,
): WorldApi {
  const byId = new Map(contents.map((content) => [content.id, content]));
  const byFeed = Map.groupBy(contents, ({ tenantId, contentType }) => `${tenantId}_${contentType}`);
  const subscriptions = createSimulatedSubscriptions(troubles, () => scheduler.now());
  const gone = new Map(troubles.of('content-gone').map((fault) => [fault.contentId, fault]));
  const broken = new Map(troubles.of('content-broken').map((fault) => [fault.contentId, fault.kind]));

  const feedKey = (tenantId: string, contentType: ContentType): string => `${tenantId}_${contentType}`;
  /** A content that became available while nobody was subscribed is never listed. */
  const isMissed = ({ tenantId, contentType, visibleAt }: PlannedContent): boolean =>
    subscriptions
      .missed(feedKey(tenantId, contentType))
      .some(({ from, to = Infinity }) => visibleAt >= from && visibleAt < to);

  return {
    missed: ({ tenantId, contentType }) => subscriptions.missed(feedKey(tenantId, contentType)),
    forProcess(process) {
      const step = <T>(what: string, signal: AbortSignal, work: () => T): Promise<T> =>
        scheduler.step(process, 'api', what, () => {
          signal.throwIfAborted();
          return work();
        });

      const trouble = (tenantId: string) =>
        troubles
          .now('api', scheduler.now())
          .filter((one) => one.tenantId === tenantId && chance.happens(one.probability));

      /** Every request begins here. @returns the troubles that are left to its answer */
      async function asked(what: string, { tenantId }: TenantAddress, signal: AbortSignal): Promise<Set<string>> {
        const met = await step(what, signal, () => {
          if (troubles.now('credential', scheduler.now()).length > 0) {
            throw new EntraError('Our credential is refused.', { kind: 'credential-refused' });
          }
          return new Set<string>(trouble(tenantId).map((one) => one.trouble));
        });
        if (met.has('consent-missing')) throw new EntraError('There is no consent.', { kind: 'consent-missing' });
        if (met.has('hanging')) {
          await scheduler.sleep(process, answerMs, signal);
          throw error('unreachable', { timedOut: true });
        }
        if (met.has('throttled')) {
          throw error('throttled', chance.happens(0.5) ? { retryAfterMs: chance.between(1, 300) * 1000 } : {});
        }
        if (met.has('failing')) throw error('server-failed');
        return met;
      }

      const listed = ({ id, created, expires }: PlannedContent): ListedContent => ({
        id,
        uri: `https://manage.office.com/${id}`,
        created,
        expires,
      });

      return {
        async listSubscriptions(tenant, signal) {
          await asked('subscriptions', tenant, signal);
          const own = subscriptions.started().filter((key) => key.startsWith(tenant.tenantId));
          return own.map((key) => {
            const contentType = key.slice(key.indexOf('_') + 1) as ContentType;
            return { contentType, enabled: subscriptions.isEnabled(key) };
          });
        },
        async startSubscription(tenant, contentType, signal) {
          await asked(`start ${contentType}`, tenant, signal);
          subscriptions.start(feedKey(tenant.tenantId, contentType));
        },
        async stopSubscription(tenant, contentType, signal) {
          await asked(`stop ${contentType}`, tenant, signal);
          subscriptions.stop(feedKey(tenant.tenantId, contentType));
        },
        async *listContents(tenant, contentType, { from, to }, signal) {
          const hour = new Date(from).toISOString().slice(0, 13);
          for (let at = 0; ; at += pageSize) {
            const met = await asked(`list ${hour} from ${at}`, tenant, signal);
            if (met.has('permission-missing')) throw error('permission-missing');
            if (met.has('audit-off')) throw error('audit-off');
            if (!subscriptions.isEnabled(feedKey(tenant.tenantId, contentType))) throw error('no-subscription');
            if (at > 0 && met.has('stale-pages')) throw error('page-token-refused');
            const now = scheduler.now();
            const all = (byFeed.get(feedKey(tenant.tenantId, contentType)) ?? []).filter(
              (one) => one.visibleAt <= now && one.created >= from && one.created < to && !isMissed(one),
            );
            yield all.slice(at, at + pageSize).map(listed);
            if (all.length <= at + pageSize) return;
          }
        },
        async fetchContent(tenant, uri, signal) {
          const id = uri.slice(uri.lastIndexOf('/') + 1);
          observer.fetched(process, id);
          const met = await asked(`fetch ${id}`, tenant, signal);
          const content = byId.get(id);
          const now = scheduler.now();
          const end = gone.get(id);
          if (content !== undefined && !subscriptions.isStarted(feedKey(content.tenantId, content.contentType))) {
            observer.fetchedStopped(process, content);
            throw error('no-subscription');
          }
          if (content === undefined || (end?.kind === 'unknown' && end.at <= now)) throw error('content-unknown');
          if (content.expires <= now || (end !== undefined && end.at <= now)) throw error('content-expired');
          if (broken.get(id) === 'rejected') {
            observer.garbled(id);
            throw error('rejected');
          }
          const garbled = broken.has(id) || met.has('garbling');
          if (garbled) observer.garbled(id);
          return body(content, { garbled, truncated: met.has('truncating') }, signal);
        },
      };

      async function* body(
        content: PlannedContent,
        how: { garbled: boolean; truncated: boolean },
        signal: AbortSignal,
      ): AsyncGenerator<Uint8Array> {
        const chunks = bodyOf(content);
        const half = chunks.slice(0, Math.max(1, Math.floor(chunks.length / 2)));
        for (const chunk of how.garbled || how.truncated ? half : chunks) {
          yield await step(`read ${content.id}`, signal, () => chunk);
        }
        if (how.truncated) throw error('unreachable');
      }
    },
  };
}
