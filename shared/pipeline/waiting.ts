import type { Hour } from '../activity-api/hours.ts';
import { chunks } from '../chunks.ts';
import type { FeedId } from '../state/feed-key.ts';
import type { LedgerContent } from '../state/ledger-row.ts';
import type { Stored } from '../state/stored.ts';
import { transactionLimit } from '../state/table.ts';
import { enqueue } from './enqueue.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Queues contents that waited. Rows first, then messages: a death in between leaves a queued row without a message, which
 * Close finds overdue.
 * @throws StorageError; RowConflict if one of the rows changed; those before it are queued
 */
export const queueWaiting = (
  pipeline: Pick<Pipeline, 'ledger' | 'clock' | 'queue' | 'batchSize'>,
  feed: FeedId,
  hour: Hour,
  rows: readonly Stored<LedgerContent>[],
): Promise<void> => sendAnew(pipeline, feed, hour, rows, (content) => ({ ...content, state: 'queued' }));

/**
 * Sends contents that are near their expiry to be saved, whatever their delay; a parked one stays parked, and each time
 * counts as a redrive, so that Close can make its pauses longer.
 * @throws StorageError; RowConflict if one of the rows changed; those before it are sent
 */
export const queueForSaving = (
  pipeline: Pick<Pipeline, 'ledger' | 'clock' | 'queue' | 'batchSize'>,
  feed: FeedId,
  hour: Hour,
  rows: readonly Stored<LedgerContent>[],
): Promise<void> =>
  sendAnew(pipeline, feed, hour, rows, (content) =>
    content.state === 'parked' ? { ...content, redrives: content.redrives + 1 } : { ...content, state: 'queued' },
  );

/** Messages under a new attempt, so that older ones about these contents count no more. */
async function sendAnew(
  pipeline: Pick<Pipeline, 'ledger' | 'clock' | 'queue' | 'batchSize'>,
  feed: FeedId,
  hour: Hour,
  rows: readonly Stored<LedgerContent>[],
  to: (content: LedgerContent) => LedgerContent,
): Promise<void> {
  for (const [attempt, sameAttempt] of Map.groupBy(rows, ({ value }) => value.attempt + 1)) {
    // Sent as soon as they are written, so that a conflict among the later ones costs these no time.
    for (const some of chunks(sameAttempt, transactionLimit)) {
      const due = pipeline.clock.now();
      const changes = some.map(({ value, etag }) => ({ value: { ...to(value), attempt, due }, etag }));
      await pipeline.ledger.replace(feed, hour, changes);
      const sent = changes.map(({ value }) => value);
      await enqueue(pipeline, feed, hour, sent, { attempt });
    }
  }
}
