import { largestRecordBytes, type FetchedContent } from './fetch-content.ts';
import { type LedgerContent, type ParkedRecord } from '../state/ledger-row.ts';
import { ledgerText } from './fate.ts';

/** What an attempt makes of the rows of one content's records. */
export interface RecordRows {
  /** All of them, as they will be. */
  readonly all: readonly ParkedRecord[];
  /** Those that are new, or not as they were. */
  readonly changed: readonly ParkedRecord[];
}

/** Whether something may still come of a record, for which its bytes are kept. */
export const isAlive = ({ state }: ParkedRecord): boolean => state !== 'delivered' && state !== 'lost';

/** How many records of one content are parked; one may have a row for each destination that refused it. */
export const countParked = (records: readonly ParkedRecord[]): number =>
  new Set(records.filter(({ state }) => state === 'parked' || state === 'queued').map(({ ordinal }) => ordinal)).size;

/** Names a row among those of one content. */
export const recordRowName = ({ ordinal, destination }: Pick<ParkedRecord, 'ordinal' | 'destination'>): string =>
  `${ordinal} ${destination ?? ''}`;

/** The rows, with some of them replaced or added. */
export function withRows(known: readonly ParkedRecord[], changed: readonly ParkedRecord[]): RecordRows {
  const all = new Map([...known, ...changed].map((row) => [recordRowName(row), row]));
  return { all: [...all.values()], changed };
}

/**
 * The rows after an attempt whose stream ended whole. A record that a destination refuses for good is parked, one that is
 * only suspected waits as refused; one that was refused before and is taken after all is delivered. What is parked, or was
 * replayed, stays what it is.
 * @returns the rows that are new or change
 */
export function rowsAfterFetch(
  contentId: string,
  known: readonly ParkedRecord[],
  fetched: FetchedContent,
  now: number,
): ParkedRecord[] {
  const before = new Map(known.map((row) => [recordRowName(row), row]));
  const changed = new Map<string, ParkedRecord>();
  const note = (row: ParkedRecord): void => {
    const state = before.get(recordRowName(row))?.state;
    if (state === undefined || (state === 'refused' && row.state !== 'refused')) changed.set(recordRowName(row), row);
  };
  for (const { ordinal, id, length } of fetched.tooLarge) {
    const megabytes = largestRecordBytes / 1024 / 1024;
    const reason = `The record is ${length} bytes long, more than the ${megabytes} MB that one record may have.`;
    note({ contentId, state: 'parked', destination: undefined, ordinal, recordId: id, reason, firstSeen: now });
  }
  for (const [destination, { refused, suspected, failed }] of fetched.destinations) {
    for (const [state, records] of [['parked', refused] as const, ['refused', suspected] as const]) {
      for (const { ordinal, recordId, answer, firstRefusedAt } of records) {
        const about = { contentId, destination, ordinal, recordId: recordId?.slice(0, 200).toWellFormed() };
        note({ ...about, state, reason: ledgerText(answer), firstSeen: firstRefusedAt });
      }
    }
    if (failed) continue;
    const stillOut = new Set(refused.map(({ ordinal }) => ordinal));
    for (const row of known) {
      if (row.destination === destination && !stillOut.has(row.ordinal)) note({ ...row, state: 'delivered' });
    }
  }
  return [...changed.values()];
}

/** The rows that a replay changes, unless another worker came first. */
export function rowsAfterReplay(known: readonly ParkedRecord[], changed: readonly ParkedRecord[]): ParkedRecord[] {
  const queued = new Set(known.filter(({ state }) => state === 'queued').map(recordRowName));
  return changed.filter((row) => queued.has(recordRowName(row)));
}

/** How many records are delivered now that every destination missed before. */
export function takenByNobodyBefore(
  known: readonly ParkedRecord[],
  changed: readonly ParkedRecord[],
  configured: ReadonlySet<string>,
): number {
  const out = new Set(known.filter(({ state }) => state !== 'delivered').map(recordRowName));
  const missedBy = (ordinal: number, destination: string | undefined): boolean =>
    out.has(recordRowName({ ordinal, destination }));
  const delivered = changed.filter(({ state }) => state === 'delivered').map(({ ordinal }) => ordinal);
  return [...new Set(delivered)].filter(
    (ordinal) => missedBy(ordinal, undefined) || [...configured].every((name) => missedBy(ordinal, name)),
  ).length;
}

/** Destinations that a replayed record is still to go to. */
export const replayedTo = (records: readonly ParkedRecord[], configured: ReadonlySet<string>): string[] =>
  records
    .filter(({ state }) => state === 'queued')
    .flatMap(({ destination }) => (destination === undefined ? [...configured] : [destination]))
    .filter((name) => configured.has(name));

/** Configured destinations that a content, or a replayed record of it, has not reached. */
export const targetsOf = (
  { owed }: LedgerContent,
  records: readonly ParkedRecord[],
  configured: ReadonlySet<string>,
): string[] => [...new Set([...owed.filter((name) => configured.has(name)), ...replayedTo(records, configured)])];
