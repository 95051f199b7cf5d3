import { forEachLimited } from '../for-each-limited.ts';
import { type FeedId, feedKey } from '../state/feed-key.ts';
import type { OpenHour } from '../state/open-hours.ts';
import { closeHour } from './close-hour.ts';
import type { Closing } from './closing.ts';

const hoursAtOnce = 8;

/** Contents neither settled nor saved, in the hours that were looked at, and what kept us from looking at the others. */
export interface ClosedHours {
  readonly counted: readonly { readonly feed: FeedId; readonly openContents: number }[];
  /** Keys of the feeds of those others: half a count would let one of them at its bound go on. */
  readonly uncounted: ReadonlySet<string>;
  readonly failures: readonly unknown[];
}

/**
 * Looks at open hours, whether or not their tenants can still be listed: every row ends settled, and an hour with
 * nothing left to do is closed with its sums. An hour that fails is left for the next time, and the others go on.
 */
export async function closeHours(
  closing: Closing,
  open: readonly OpenHour[],
  signal: AbortSignal,
): Promise<ClosedHours> {
  const counted: { feed: FeedId; openContents: number }[] = [];
  const uncounted = new Set<string>();
  const failures: unknown[] = [];
  await forEachLimited(open, hoursAtOnce, async (one) => {
    if (signal.aborted) {
      uncounted.add(feedKey(one.feed));
      return;
    }
    try {
      counted.push({ feed: one.feed, openContents: await closeHour(closing, one) });
    } catch (error) {
      uncounted.add(feedKey(one.feed));
      failures.push(error);
      closing.pipeline.log.error('hour-not-closed', { ...one.feed, hour: one.hour, error: String(error) });
    }
  });
  return { counted, uncounted, failures };
}
