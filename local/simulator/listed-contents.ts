import type { Cursor, PlacedContent } from './contents.ts';
import type { ListingWindow } from './listing-window.ts';
import { partsOf } from './partial-contents.ts';
import type { Simulation } from './simulation.ts';
import type { Subscription } from './subscriptions.ts';

const hour = 3_600_000;

/** When a content is listed, the switch `late-listed` included; milliseconds since the epoch. */
function listableFrom(simulation: Simulation, content: PlacedContent): number {
  const late = simulation.switches.get('late-listed', content);
  if (late === null || content.place % late.every !== 0) return content.listable;
  return Math.max(content.listable, content.offered + late.seconds * 1000);
}

const missedBy = (subscription: Subscription, content: PlacedContent): boolean =>
  subscription.missed.some(([from, to]) => content.listable >= from && content.listable < to);

/** Whether the switch `first-content` keeps a content from being listed. */
function isBeforeFirst(simulation: Simulation, subscription: Subscription, content: PlacedContent): boolean {
  const first = simulation.switches.get('first-content', content);
  if (first === null) return false;
  const { since = subscription.lastStart } = subscription;
  return simulation.now() < since + first.delaySeconds * 1000 || content.created < since - first.backfillHours * hour;
}

/** When a content expires, the switch `expiry-days` included; milliseconds since the epoch. */
export function expiryOf(
  { switches }: Simulation,
  content: Pick<PlacedContent, 'tenantId' | 'contentType' | 'created' | 'expires'>,
): number {
  const days = switches.get('expiry-days', content);
  return days === null ? content.expires : content.created + days * 24 * hour;
}

/** What a window holds after a cursor, in order of time. */
export function* listedContents(
  simulation: Simulation,
  subscription: Subscription,
  window: ListingWindow,
  cursor: Cursor,
): Generator<PlacedContent> {
  const { contents, switches } = simulation;
  const { tenantId, contentType } = subscription;
  const now = simulation.now();
  const found = switches.get('partial-contents', subscription)
    ? partsOf(simulation, subscription, window, cursor)
    : contents.after(tenantId, contentType, cursor);
  for (const content of found) {
    if (content.created >= window.to) return;
    if (listableFrom(simulation, content) > now || missedBy(subscription, content)) continue;
    if (!isBeforeFirst(simulation, subscription, content)) yield content;
  }
}
