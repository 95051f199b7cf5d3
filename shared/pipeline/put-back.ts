import type { Hour } from '../activity-api/hours.ts';
import type { FeedId } from '../state/feed-key.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import { enqueue } from './enqueue.ts';
import { type HeldRows, isHeldBy, released } from './held-rows.ts';
import type { Pipeline } from './pipeline.ts';
import { putBackDelayMs } from './put-back-delay.ts';

/** A content that goes back into the queue. */
export interface PutBack {
  readonly content: LedgerContent;
  /** For the ledger; `undefined` if nothing went wrong with it. */
  readonly reason: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** In a message of its own, so that its next failure takes no neighbour along. */
  readonly alone?: boolean;
}

/**
 * Puts contents of one batch back: first the new messages, then the rows, so that a death in between leaves one message
 * too many rather than none.
 * @param attempt of the message that they came with
 * @throws StorageError if a message could not be sent; a row that could not be written is left to its message
 */
export async function putBack(
  pipeline: Pipeline,
  { feed, hour, by, rows }: { feed: FeedId; hour: Hour; by: string; rows: HeldRows },
  list: readonly PutBack[],
  attempt: number,
): Promise<void> {
  const { clock, random, log } = pipeline;
  const groups = [...list.filter((one) => one.alone).map((one) => [one]), list.filter((one) => !one.alone)];
  const next = attempt + 1;
  for (const group of groups) {
    if (group.length === 0) continue;
    const now = clock.now();
    const leftMs = Math.min(...group.map(({ content }) => content.expires - now));
    const retryAfterMs = Math.max(...group.map((one) => one.retryAfterMs ?? 0));
    const delayMs = putBackDelayMs(random, { attempt, leftMs, retryAfterMs });
    await enqueue(
      pipeline,
      feed,
      hour,
      group.map(({ content }) => content),
      { attempt: next, delayMs },
    );
    try {
      await rows.write(
        group.map(({ content, reason }) => ({
          contentId: content.id,
          to: (row) => {
            if (isSettled(row.state)) return undefined;
            // Someone put it back before; a hold left behind would keep that message out.
            if (row.attempt >= next) return isHeldBy(row, by) ? released(row, by) : undefined;
            return {
              ...released(row, by),
              attempt: next,
              due: now + delayMs,
              deaths: 0,
              redrives: 0,
              lastError: reason ?? row.lastError,
            };
          },
        })),
      );
    } catch (error) {
      log.warn('put-back-row-not-written', {
        ...feed,
        hour,
        error: error instanceof Error ? error.message : 'unknown',
      });
    }
  }
}
