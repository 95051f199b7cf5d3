import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import { RowConflict } from '../state/table.ts';
import type { Batch } from './batch-message.ts';
import { enqueue } from './enqueue.ts';
import { parkUnknown, readKnown } from './park-unknown.ts';
import type { Pipeline } from './pipeline.ts';
import { putBackDelayMs } from './put-back-delay.ts';
import { mostFailures } from './settling.ts';

/**
 * What comes of a batch that its queue gave up after five tries: contents with five failures (or deaths) of their own
 * are parked, the others are enqueued again, each alone.
 * @throws StorageError; the message then comes back by itself
 */
export async function parkPoison(pipeline: Pipeline, batch: Batch): Promise<void> {
  const { ledger, clock, random, log } = pipeline;
  const rows = await readKnown(pipeline, batch);
  await parkUnknown(pipeline, batch, rows);
  for (const { value, etag } of rows.values()) {
    const now = clock.now();
    if (isSettled(value.state) || value.attempt > batch.attempt) continue;
    const heldMs = (value.hold?.until ?? 0) - now;
    if (heldMs > 0) {
      // Another message's worker, or the last one of this message, which storage did not let go: seen when it has run out.
      await enqueue(pipeline, batch, batch.hour, [value], { attempt: batch.attempt, delayMs: heldMs });
      continue;
    }
    const died = afterLastDeath(value);
    try {
      if (died.failures >= mostFailures || died.deaths >= mostFailures) {
        const reason = died.lastError ?? `Its worker died ${died.deaths} times while it was fetched alone.`;
        await ledger.replace(batch, batch.hour, [
          { value: { ...died, state: 'parked', hold: undefined, reason, settledAt: now }, etag },
        ]);
        log.error('content-parked', { tenantId: batch.tenantId, contentType: batch.contentType, contentId: value.id });
        continue;
      }
      const attempt = batch.attempt + 1;
      const delayMs = putBackDelayMs(random, { attempt: batch.attempt, leftMs: value.expires - now });
      await enqueue(pipeline, batch, batch.hour, [value], { attempt, delayMs });
      await ledger.replace(batch, batch.hour, [
        { value: { ...died, attempt, due: now + delayMs, hold: undefined, redrives: 0 }, etag },
      ]);
    } catch (error) {
      // A worker came first: its message answers for the content.
      if (!(error instanceof RowConflict)) throw error;
    }
  }
}

/** The last delivery of the message ended in a death too if the row still carries the hold that was taken for it alone. */
const afterLastDeath = (content: LedgerContent): LedgerContent =>
  content.hold?.alone === true ? { ...content, deaths: content.deaths + 1 } : content;
