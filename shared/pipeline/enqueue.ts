import type { ListedContent } from '../activity-api/activity-api.ts';
import type { Hour } from '../activity-api/hours.ts';
import type { FeedId } from '../state/feed-key.ts';
import { printBatch, splitForMessages } from './batch-message.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Sends contents of one feed and one hour as batches.
 * @param delayMs how long the messages stay invisible
 * @throws StorageError; messages sent before it stay sent
 */
export async function enqueue(
  { queue, batchSize }: Pick<Pipeline, 'queue' | 'batchSize'>,
  feed: FeedId,
  hour: Hour,
  contents: readonly ListedContent[],
  { attempt, delayMs = 0, size = batchSize }: { attempt: number; delayMs?: number; size?: number },
): Promise<void> {
  for (const list of splitForMessages(contents, size)) {
    const { tenantId, contentType } = feed;
    await queue.send(printBatch({ tenantId, contentType, hour, attempt, contents: list }), Math.ceil(delayMs / 1000));
  }
}
