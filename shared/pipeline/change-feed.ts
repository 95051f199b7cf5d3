import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import { noteFeed } from './note-feed.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Writes what the lister made of a feed that it visited just now; another state is noted in the tenant's history.
 * @throws StorageError, RowConflict
 */
export async function changeFeed(
  pipeline: Pick<Pipeline, 'feeds' | 'history' | 'clock' | 'random' | 'log'>,
  { value: before, etag }: Stored<Feed>,
  change: Partial<Feed>,
): Promise<Stored<Feed>> {
  const value: Feed = { ...before, visitedAt: pipeline.clock.now(), ...change };
  const stored = { value, etag: await pipeline.feeds.replace(value, etag) };
  await noteFeed(pipeline, before, value);
  return stored;
}
