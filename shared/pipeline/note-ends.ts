import type { LedgerContent } from '../state/ledger-row.ts';
import { type BatchWork, batchFields } from './batch-work.ts';

/** Says in the log which contents this attempt parked or lost: a person has to know. */
export function noteEnds({ pipeline: { log }, batch, rows }: BatchWork, before: readonly LedgerContent[]): void {
  for (const { id, state } of before) {
    const row = rows.get(id);
    if (row === undefined || row.state === state) continue;
    const { reason } = row;
    if (row.state === 'parked') log.error('content-parked', { ...batchFields(batch), contentId: id, reason });
    if (row.state === 'lost') log.error('contents-lost', { ...batchFields(batch), contents: 1, reason });
  }
}
