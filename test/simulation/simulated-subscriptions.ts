import type { Troubles } from './troubles.ts';

/** Time without a subscription, between two that a feed had. Without `to` it goes on. */
export interface Missed {
  readonly from: number;
  readonly to: number | undefined;
}

/** Who subscribed to what. Feeds are keyed `<tenant>_<content type>`. */
export interface SimulatedSubscriptions {
  /** Feeds that were started and not stopped; some of them may have vanished. */
  started(): string[];
  /** Whether there is one that was not stopped, even if it vanished. */
  isStarted(feed: string): boolean;
  isEnabled(feed: string): boolean;
  start(feed: string): void;
  stop(feed: string): void;
  /** What becomes available in these spans is never listed, whatever is started later. */
  missed(feed: string): readonly Missed[];
}

interface Subscription {
  /** When the last start took effect. */
  readonly since: number;
  readonly stopped: number | undefined;
  readonly missed: readonly Missed[];
}

export function createSimulatedSubscriptions(troubles: Troubles, now: () => number): SimulatedSubscriptions {
  const subscriptions = new Map<string, Subscription>();

  /** It vanishes at the beginning of such a trouble, and stays away until it is started again. */
  const vanished = (feed: string, since: number): number | undefined => {
    const moments = troubles
      .of('api')
      .filter(({ trouble, tenantId }) => trouble === 'subscription-gone' && feed.startsWith(tenantId))
      .map(({ from }) => from)
      .filter((from) => since < from && from <= now());
    return moments.length === 0 ? undefined : Math.min(...moments);
  };

  const endOf = (feed: string): number | undefined => {
    const one = subscriptions.get(feed);
    if (one === undefined) return undefined;
    return Math.min(one.stopped ?? Infinity, vanished(feed, one.since) ?? Infinity);
  };

  const isEnabled = (feed: string): boolean => endOf(feed) === Infinity;

  return {
    started: () => [...subscriptions].filter(([, { stopped }]) => stopped === undefined).map(([feed]) => feed),
    isStarted(feed) {
      const one = subscriptions.get(feed);
      return one !== undefined && one.stopped === undefined;
    },
    isEnabled,
    start(feed) {
      if (isEnabled(feed)) return;
      const before = subscriptions.get(feed)?.missed ?? [];
      const from = endOf(feed);
      const missed = from === undefined ? before : [...before, { from, to: now() }];
      subscriptions.set(feed, { since: now(), stopped: undefined, missed });
    },
    stop(feed) {
      const one = subscriptions.get(feed);
      if (one !== undefined)
        subscriptions.set(feed, { ...one, stopped: endOf(feed) === Infinity ? now() : endOf(feed) });
    },
    missed(feed) {
      const from = endOf(feed);
      const before = subscriptions.get(feed)?.missed ?? [];
      return from === undefined || from === Infinity ? before : [...before, { from, to: undefined }];
    },
  };
}
