import type { ContentType } from './content-types.ts';

/** A subscription of one application to one content type of one tenant. Times are milliseconds since the epoch. */
export interface Subscription {
  readonly tenantId: string;
  readonly clientId: string;
  readonly contentType: ContentType;
  readonly enabled: boolean;
  readonly lastStart: number;
  /** The start that made it; what was saved before this was kept has none. */
  readonly since?: number | undefined;
  /** It is gone, nobody stopped it. */
  readonly vanished?: boolean | undefined;
  readonly stopped?: number | undefined;
  /** Spans between a stop and the next start: what became available in them is never listed. */
  readonly missed: readonly (readonly [from: number, to: number])[];
}

type Key = Pick<Subscription, 'tenantId' | 'clientId' | 'contentType'>;

export interface Subscriptions {
  find(key: Key): Subscription | undefined;
  put(subscription: Subscription): void;
  of(tenantId: string, clientId: string): Subscription[];
  list(): Subscription[];
}

const keyOf = (key: Key): string => `${key.tenantId}/${key.clientId}/${key.contentType}`.toLowerCase();

/** Who subscribed to what. @param changed called after every change */
export function createSubscriptions(initial: readonly Subscription[], changed: () => void): Subscriptions {
  const subscriptions = new Map(initial.map((subscription) => [keyOf(subscription), subscription]));
  const list = () => [...subscriptions.values()];
  return {
    find: (key) => subscriptions.get(keyOf(key)),
    put(subscription) {
      subscriptions.set(keyOf(subscription), subscription);
      changed();
    },
    of: (tenantId, clientId) =>
      list().filter((each) => keyOf(each).startsWith(`${tenantId}/${clientId}/`.toLowerCase())),
    list,
  };
}
