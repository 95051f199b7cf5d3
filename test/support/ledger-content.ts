import type { LedgerContent } from '../../shared/state/ledger-row.ts';

/** A content as the lister inserted it at a time, in ms, with what the test says of it. */
export const ledgerContent = (
  id: string,
  now: number,
  change: Pick<LedgerContent, 'uri' | 'created' | 'expires' | 'owed'> & Partial<LedgerContent>,
): LedgerContent => ({
  id,
  state: 'queued',
  attempt: 1,
  due: now,
  taken: false,
  failures: 0,
  deaths: 0,
  redrives: 0,
  hold: undefined,
  records: { delivered: 0, duplicates: 0, parked: 0 },
  reached: false,
  hasRecordRows: false,
  saved: false,
  reason: undefined,
  lastError: undefined,
  firstSeen: now,
  settledAt: undefined,
  run: 'run',
  ...change,
});
