import type { Hour } from '../activity-api/hours.ts';
import type { FeedId } from '../state/feed-key.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import { enqueue } from './enqueue.ts';
import { type HeldRows, letGo, released } from './held-rows.ts';
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
  /** How long it stays invisible, if that is not for its attempts to say; only for one that goes back alone. */
  readonly delayMs?: number;
}

/**
 * Puts contents of one batch back: first the new messages, then the rows, so that a death in between leaves one message
 * too many rather than none. One that is settled, and came only to be saved, is let go instead: Close sends it again.
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
  const open = list.filter(({ content }) => !isSettled(content.state));
  const groups = [...open.filter((one) => one.alone).map((one) => [one]), open.filter((one) => !one.alone)];
  const next = attempt + 1;
  for (const group of groups) {
    if (group.length === 0) continue;
    const now = clock.now();
    // What was saved does not expire.
    const leftMs = Math.min(...group.map(({ content }) => (content.saved ? Infinity : content.expires - now)));
    const retryAfterMs = Math.max(...group.map((one) => one.retryAfterMs ?? 0));
    const delayMs = group[0]?.delayMs ?? putBackDelayMs(random, { attempt, leftMs, retryAfterMs });
    await enqueue(
      pipeline,
      feed,
      hour,
      group.map(({ content }) => content),
      { attempt: next, delayMs },
    );
    await rows
      .write(
        group.map(({ content, reason }) => ({
          contentId: content.id,
          to: (row) => {
            // Someone put it back before, or settled it; a hold left behind would keep that message out.
            if (isSettled(row.state) || row.attempt >= next) return letGo(row, by);
            return {
              ...released(row, by),
              state: 'queued',
              attempt: next,
              due: now + delayMs,
              deaths: 0,
              redrives: 0,
              lastError: reason ?? row.lastError,
            };
          },
        })),
      )
      .catch(notWritten);
  }
  const settled = list.filter(({ content }) => isSettled(content.state));
  await rows
    .write(settled.map(({ content }) => ({ contentId: content.id, to: (row) => letGo(row, by) })))
    .catch(notWritten);

  function notWritten(error: unknown): void {
    log.warn('put-back-row-not-written', {
      ...feed,
      hour,
      error: error instanceof Error ? error.message : 'unknown',
    });
  }
}
