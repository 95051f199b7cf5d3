import type { LedgerContent } from '../state/ledger-row.ts';
import type { Stored } from '../state/stored.ts';
import { type Batch, printBatch } from './batch-message.ts';
import type { Pipeline } from './pipeline.ts';

/** The ledger rows of a batch by content id; contents that nobody listed are missing. @throws StorageError */
export const readKnown = ({ ledger }: Pick<Pipeline, 'ledger'>, batch: Batch) =>
  ledger.contents(
    batch,
    batch.hour,
    batch.contents.map(({ id }) => id),
  );

/**
 * A content in a message that nobody listed is never fetched: parked at first sight, with its text.
 * @throws StorageError
 */
export async function parkUnknown(
  { malformed, clock, log }: Pick<Pipeline, 'malformed' | 'clock' | 'log'>,
  batch: Batch,
  known: ReadonlyMap<string, Stored<LedgerContent>>,
): Promise<void> {
  const unknown = batch.contents.filter(({ id }) => !known.has(id));
  if (unknown.length === 0) return;
  const text = printBatch({ ...batch, contents: unknown });
  await malformed.park({ text, reason: 'The ledger has no row for these contents: nobody listed them.' }, clock.now());
  log.error('contents-unknown', { tenantId: batch.tenantId, contentType: batch.contentType, contents: unknown.length });
}
