import type { Feed } from '../state/feeds.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * When the subscription of a feed that has none, as far as we know, was there for certain for the last time: at its last
 * listing that worked. What Microsoft kept since then it will list; that it kept all, it does not promise.
 * @returns milliseconds since the epoch; `undefined` if it never was listed
 * @throws StorageError
 */
export async function lastSubscribed({ hours }: Pick<Pipeline, 'hours'>, feed: Feed): Promise<number | undefined> {
  const listings = (await hours.all(feed)).flatMap(({ value }) => value.listedAt ?? []);
  return listings.length === 0 ? undefined : Math.max(...listings, feed.stops.at(-1)?.to ?? 0);
}
