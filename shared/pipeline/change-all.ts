import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';

/** Feeds as they are now, and what kept the others from being changed. */
export interface ChangedFeeds {
  readonly feeds: readonly Stored<Feed>[];
  readonly failures: readonly unknown[];
}

/** All are seen to their end, so that nothing of them goes on behind our back when one fails. */
export async function changeAll(
  feeds: readonly Stored<Feed>[],
  change: (feed: Stored<Feed>) => Promise<Stored<Feed>>,
): Promise<ChangedFeeds> {
  const results = await Promise.allSettled(feeds.map(change));
  return {
    feeds: results.filter((result) => result.status === 'fulfilled').map(({ value }) => value),
    failures: results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason),
  };
}
