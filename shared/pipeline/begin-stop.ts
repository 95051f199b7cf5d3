import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import { openStop, stopsFrom } from './feed-stops.ts';
import { lastSubscribed } from './last-subscribed.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Writes down that a subscription is about to be stopped, as what Microsoft makes available from then on is lost. Before
 * it is asked for: the answer may get lost, or we may die. One that never was subscribed has nothing to lose; one whose
 * subscription is gone already has lost more.
 * @throws StorageError, RowConflict
 */
export async function beginStop(
  pipeline: Pick<Pipeline, 'feeds' | 'hours' | 'clock'>,
  feed: Stored<Feed>,
  why: string,
): Promise<Stored<Feed>> {
  const { value: before, etag } = feed;
  const now = pipeline.clock.now();
  const wasSubscribed = before.state === 'active' || before.startedAt !== undefined;
  if (before.state === 'stopped' || !wasSubscribed || openStop(before) !== undefined) return feed;
  const from = before.state === 'active' ? now : ((await lastSubscribed(pipeline, before)) ?? now);
  const value: Feed = { ...before, stops: stopsFrom(before, from, why) };
  return { value, etag: await pipeline.feeds.replace(value, etag) };
}
