import { type Hold, isSettled, type LedgerContent } from '../state/ledger-row.ts';
import { RowConflict } from '../state/table.ts';
import type { Batch } from './batch-message.ts';
import { batchFields } from './batch-work.ts';
import { createHeldRows, type HeldRows, holdMs, untilStorageAnswers } from './held-rows.ts';
import { parkUnknown, readKnown } from './park-unknown.ts';
import type { Pipeline } from './pipeline.ts';
import { mustBeSaved } from './saving.ts';
import { mostFailures } from './settling.ts';

/** How often the rows are read again when another writer came between. */
const mostRounds = 5;

/** The queue's own words about a message. */
export interface Receipt {
  readonly messageId: string;
  readonly dequeueCount: number;
}

/** The open contents of a batch, held by this worker. */
export interface Taken {
  readonly rows: HeldRows;
  readonly contents: readonly LedgerContent[];
  /** The batch came back by itself: its contents go on one by one, so that one of them cannot take all down. */
  readonly apart: boolean;
}

/**
 * Takes the contents of a batch that are open: not settled, not known to a newer message, not held by another one.
 * @returns nothing if there is nothing to do
 * @throws StorageError; RowConflict if others kept coming between
 */
export async function takeContents(
  pipeline: Pipeline,
  batch: Batch,
  receipt: Receipt,
  by: string,
): Promise<Taken | undefined> {
  const { ledger, clock, log } = pipeline;
  const cameBack = receipt.dequeueCount > 1;
  for (let round = 1; ; round += 1) {
    const known = await readKnown(pipeline, batch);
    if (round === 1) await parkUnknown(pipeline, batch, known);
    const now = clock.now();
    const open = [...known.values()].filter(({ value }) => isOpen(value, { batch, receipt, now }));
    if (open.length === 0) return undefined;
    const alone = open.length === 1;
    const next = open.map(({ value, etag }) => ({
      etag,
      value: takenBy(cameBack && alone ? afterDeath(value, receipt, now) : value, {
        by,
        now,
        alone,
        attempt: batch.attempt,
      }),
    }));
    try {
      const etags = await ledger.replace(batch, batch.hour, next);
      const taken = new Map(next.map(({ value }, index) => [value.id, { value, etag: etags[index] ?? '' }]));
      const rows = createHeldRows(pipeline, { feed: batch, hour: batch.hour, by }, taken);
      // A settled one keeps its hold only if it is to be saved.
      const contents = next.map(({ value }) => value).filter(({ hold }) => hold !== undefined);
      for (const [index, { value }] of next.entries()) {
        if (value.state !== 'parked' || open[index]?.value.state === 'parked') continue;
        log.error('content-parked', { ...batchFields(batch), contentId: value.id });
      }
      return contents.length === 0 ? undefined : { rows, contents, apart: cameBack && !alone };
    } catch (error) {
      if (error instanceof RowConflict && round < mostRounds) continue;
      const release = (): Promise<void> => releaseUncertain(pipeline, batch, by);
      await release().catch(() => {
        untilStorageAnswers(clock, release);
      });
      throw error;
    }
  }
}

/** A write that failed may have been done all the same: its holds would keep others out and count as a death. */
async function releaseUncertain(pipeline: Pipeline, batch: Batch, by: string): Promise<void> {
  const known = await readKnown(pipeline, batch);
  await createHeldRows(pipeline, { feed: batch, hour: batch.hour, by }, known).release();
}

function isOpen(
  content: LedgerContent,
  { batch, receipt, now }: { batch: Batch; receipt: Receipt; now: number },
): boolean {
  const isWanted = !isSettled(content.state) || (content.state === 'parked' && mustBeSaved(content, now));
  if (!isWanted || content.attempt > batch.attempt) return false;
  const { hold } = content;
  if (hold === undefined || hold.until <= now) return true;
  // This message is newer than the row: its sender put the content back and could not write it down.
  return content.attempt < batch.attempt || isOwn(hold, receipt);
}

/** A hold of this very message, taken at an earlier delivery: the queue has given that worker up. */
function isOwn(hold: Hold, { messageId, dequeueCount }: Receipt): boolean {
  const mark = `${messageId}/`;
  return hold.by.startsWith(mark) && Number(hold.by.slice(mark.length)) <= dequeueCount;
}

const takenBy = (
  content: LedgerContent,
  { by, now, alone, attempt }: { by: string; now: number; alone: boolean; attempt: number },
): LedgerContent => {
  if (isSettled(content.state) && !mustBeSaved(content, now)) return { ...content, hold: undefined };
  const hold = { by, until: now + holdMs, alone };
  return { ...content, state: isSettled(content.state) ? content.state : 'queued', taken: true, attempt, hold };
};

/**
 * A content whose message came back while its row still carries the run-out hold that was taken for it alone killed its
 * worker. A hold that has not run out may be a living worker's, or one that storage did not let go.
 */
function afterDeath(content: LedgerContent, receipt: Receipt, now: number): LedgerContent {
  const { hold } = content;
  if (isSettled(content.state)) return content;
  if (hold?.alone !== true || hold.until > now || !isOwn(hold, receipt)) return content;
  const deaths = content.deaths + 1;
  if (deaths < mostFailures) return { ...content, deaths };
  const reason = `Its worker died ${deaths} times while it was fetched alone.`;
  return { ...content, deaths, state: 'parked', reason, lastError: reason, settledAt: now };
}
