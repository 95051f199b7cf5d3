import type { ActivityApi, ListedContent } from '../../shared/activity-api/activity-api.ts';
import { ActivityApiError, type ActivityApiErrorKind } from '../../shared/activity-api/activity-api-error.ts';
import { type ContentType, contentTypes } from '../../shared/activity-api/content-types.ts';

/** A content that the fake offers. */
export interface OfferedContent extends ListedContent {
  readonly contentType: ContentType;
  readonly body: string;
}

/** An Activity API in memory, for tests of the pipeline's own decisions. How the real one misbehaves is the simulator's matter. */
export interface FakeActivityApi extends ActivityApi {
  readonly contents: OfferedContent[];
  readonly subscriptions: Set<ContentType>;
  /** What was asked for, in order: `list Audit.Exchange 2026-11-22T10:00:00`, `fetch <id>`, `start ...`. */
  readonly calls: string[];
  /**
   * Errors to throw, by call (as in `calls`, or its first word): each is thrown once, then calls work again. A function
   * is called instead, for what must happen in the middle.
   */
  readonly failures: Map<string, (Error | (() => Promise<void>))[]>;
  /** Adds a content created at `created` with these records. */
  offer(contentType: ContentType, id: string, created: number, records: readonly unknown[]): OfferedContent;
}

/** An error as the client would throw it. */
export const apiError = (kind: ActivityApiErrorKind, retryAfterMs?: number): ActivityApiError =>
  new ActivityApiError(`The API said ${kind}.`, { kind, retryAfterMs });

/** The API did not answer for as long as we wait. */
export const timeOut = (): ActivityApiError =>
  new ActivityApiError('The API said nothing.', { kind: 'unreachable', timedOut: true });

const weekMs = 7 * 86_400_000;

export function createFakeActivityApi(): FakeActivityApi {
  const contents: OfferedContent[] = [];
  const subscriptions = new Set<ContentType>(contentTypes);
  const calls: string[] = [];
  const failures: FakeActivityApi['failures'] = new Map();

  const called = async (call: string, signal: AbortSignal): Promise<void> => {
    calls.push(call);
    signal.throwIfAborted();
    const next = failures.get(call)?.shift() ?? failures.get(call.split(' ')[0] ?? '')?.shift();
    if (next instanceof Error) throw next;
    await next?.();
  };

  return {
    contents,
    subscriptions,
    calls,
    failures,
    offer(contentType, id, created, records) {
      const body = JSON.stringify(records);
      const content = {
        contentType,
        id,
        uri: `https://manage.office.com/${id}`,
        created,
        expires: created + weekMs,
        body,
      };
      contents.push(content);
      return content;
    },
    async listSubscriptions(_tenant, signal) {
      await called('subscriptions', signal);
      return [...subscriptions].map((contentType) => ({ contentType, enabled: true }));
    },
    async startSubscription(_tenant, contentType, signal) {
      await called(`start ${contentType}`, signal);
      subscriptions.add(contentType);
    },
    async stopSubscription(_tenant, contentType, signal) {
      await called(`stop ${contentType}`, signal);
      subscriptions.delete(contentType);
    },
    async *listContents(_tenant, contentType, { from, to }, signal) {
      await called(`list ${contentType} ${new Date(from).toISOString().slice(0, 19)}`, signal);
      yield contents.filter((one) => one.contentType === contentType && one.created >= from && one.created < to);
    },
    async fetchContent(_tenant, uri, signal) {
      const content = contents.find((one) => one.uri === uri);
      if (content === undefined) throw apiError('content-unknown');
      await called(`fetch ${content.id}`, signal);
      return (async function* () {
        yield await Promise.resolve(Buffer.from(content.body));
      })();
    },
  };
}
