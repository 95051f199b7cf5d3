import { ActivityApiError } from './activity-api-error.ts';
import type { ListingWindow } from './activity-api.ts';
import type { ContentType } from './content-types.ts';
import { hourMs, reachMs } from './hours.ts';
import { formatListingTime } from './listing-time.ts';

/** Over 24 h the API may answer 200 with a part of the contents. */
const longestMs = 24 * hourMs;

/**
 * The address of a listing's first page. Made when the request is sent, since a window that was legal when it was
 * planned may have slipped out of reach since.
 *
 * @param feedUrl address of the tenant's feed, without a slash at its end
 * @param now milliseconds since the epoch
 * @throws ActivityApiError `window-refused` for a window that the API would refuse, or answer in part
 */
export function listingUrl(
  feedUrl: string,
  contentType: ContentType,
  window: ListingWindow,
  now: number,
  subject: string,
): string {
  const why = whyRefused(window, now);
  if (why !== undefined) {
    throw new ActivityApiError(`${subject} was not sent because its window ${why}; plan the window anew.`, {
      kind: 'window-refused',
    });
  }
  const from = formatListingTime(window.from);
  const to = formatListingTime(window.to);
  return `${feedUrl}/subscriptions/content?contentType=${contentType}&startTime=${from}&endTime=${to}`;
}

function whyRefused({ from, to }: ListingWindow, now: number): string | undefined {
  if (!Number.isInteger(from / 1000) || !Number.isInteger(to / 1000)) return 'is not in whole seconds';
  if (from >= to) return 'is empty';
  if (to - from > longestMs) return 'is longer than 24 hours';
  if (from < now - reachMs) return 'starts more than 167 hours ago';
  return undefined;
}
