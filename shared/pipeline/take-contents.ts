import { RowConflict } from '../state/table.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import type { Stored } from '../state/stored.ts';
import { type Batch, printBatch } from './batch-message.ts';
import { createHeldRows, type HeldRows, holdMs } from './held-rows.ts';
import type { Pipeline } from './pipeline.ts';
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
  const { ledger, clock } = pipeline;
  const cameBack = receipt.dequeueCount > 1;
  for (let round = 1; ; round += 1) {
    const known = await ledger.contents(
      batch,
      batch.hour,
      batch.contents.map(({ id }) => id),
    );
    if (round === 1) await parkUnknown(pipeline, batch, known);
    const now = clock.now();
    const open = [...known.values()].filter(({ value }) => isOpen(value, { batch, receipt, now }));
    if (open.length === 0) return undefined;
    const alone = open.length === 1;
    const next = open.map(({ value, etag }) => ({
      etag,
      value: takenBy(cameBack && alone ? afterDeath(value, receipt) : value, {
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
      const contents = next.map(({ value }) => value).filter((content) => !isSettled(content.state));
      return contents.length === 0 ? undefined : { rows, contents, apart: cameBack && !alone };
    } catch (error) {
      if (!(error instanceof RowConflict) || round >= mostRounds) throw error;
    }
  }
}

function isOpen(
  content: LedgerContent,
  { batch, receipt, now }: { batch: Batch; receipt: Receipt; now: number },
): boolean {
  if (isSettled(content.state) || content.attempt > batch.attempt) return false;
  const { hold } = content;
  // A hold of this very message is an earlier delivery of it, whose worker the queue has given up.
  return hold === undefined || hold.until <= now || hold.by.startsWith(`${receipt.messageId}/`);
}

const takenBy = (
  content: LedgerContent,
  { by, now, alone, attempt }: { by: string; now: number; alone: boolean; attempt: number },
): LedgerContent =>
  isSettled(content.state)
    ? { ...content, hold: undefined }
    : { ...content, taken: true, attempt, hold: { by, until: now + holdMs, alone } };

/** A content whose message came back while its row still carries the hold that was taken for it alone killed its worker. */
export function afterDeath(content: LedgerContent, receipt: Receipt): LedgerContent {
  if (content.hold?.alone !== true || !content.hold.by.startsWith(`${receipt.messageId}/`)) return content;
  const deaths = content.deaths + 1;
  if (deaths < mostFailures) return { ...content, deaths };
  const reason = `Its worker died ${deaths} times while it was fetched alone.`;
  return { ...content, deaths, state: 'parked', reason, lastError: reason };
}

/** A content in a message that nobody listed is never fetched. */
async function parkUnknown(
  { malformed, clock, log }: Pipeline,
  batch: Batch,
  known: ReadonlyMap<string, Stored<LedgerContent>>,
): Promise<void> {
  const unknown = batch.contents.filter(({ id }) => !known.has(id));
  if (unknown.length === 0) return;
  const text = printBatch({ ...batch, contents: unknown });
  await malformed.park({ text, reason: 'The ledger has no row for these contents: nobody listed them.' }, clock.now());
  log.error('contents-unknown', { tenantId: batch.tenantId, contentType: batch.contentType, contents: unknown.length });
}
