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
 * replayed, stays what it is; what was lost, with a tenant that left and is here again, begins anew.
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
    const isNew = state === undefined || state === 'lost';
    if (isNew || (state === 'refused' && row.state !== 'refused')) changed.set(recordRowName(row), row);
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

/** What became of the records of one content that a person replayed. */
export interface Replayed {
  /** Their rows, as far as they changed. */
  readonly changed: readonly ParkedRecord[];
  /** Positions of those that every destination had from another content. */
  readonly repeated: ReadonlySet<number>;
}

/** Rows of single records after a replay, and what it counts. */
export interface RowsAfterReplay extends RecordRows {
  /** Records that were taken now and that no destination had. */
  readonly delivered: number;
  readonly duplicates: number;
}

/** The rows that a replay changes, unless another worker came first, and how many records it got out of the way. */
export function rowsAfterReplay(
  known: readonly ParkedRecord[],
  { changed, repeated }: Replayed,
  configured: ReadonlySet<string>,
): RowsAfterReplay {
  const before = new Map(known.map((row) => [recordRowName(row), row]));
  const stateOf = (ordinal: number, destination: string | undefined): string | undefined =>
    before.get(recordRowName({ ordinal, destination }))?.state;
  const ours = changed.filter(
    ({ ordinal, destination }) => (stateOf(ordinal, destination) ?? stateOf(ordinal, undefined)) === 'queued',
  );
  const had = new Set(known.filter(({ state }) => state === 'delivered').map(({ ordinal }) => ordinal));
  const isOut = (ordinal: number): boolean =>
    !had.has(ordinal) &&
    (stateOf(ordinal, undefined) !== undefined ||
      [...configured].every((name) => stateOf(ordinal, name) !== undefined));
  const delivered = ours.filter(({ state }) => state === 'delivered').map(({ ordinal }) => ordinal);
  const taken = [...new Set(delivered)].filter(isOut);
  const duplicates = taken.filter((ordinal) => repeated.has(ordinal)).length;
  return { ...withRows(known, ours), delivered: taken.length - duplicates, duplicates };
}

/**
 * Configured destinations that a parked record is missing at: the one that refused it, or, if it was too large to be
 * offered, all but those that took it since and have a row that says so.
 */
export const missingAt = (
  { ordinal, destination }: ParkedRecord,
  records: readonly ParkedRecord[],
  configured: ReadonlySet<string>,
): string[] =>
  [...configured].filter((name) =>
    destination === undefined
      ? !records.some((one) => one.ordinal === ordinal && one.destination === name && one.state === 'delivered')
      : name === destination,
  );

/** Destinations that a replayed record is still to go to. */
export const replayedTo = (records: readonly ParkedRecord[], configured: ReadonlySet<string>): string[] =>
  records.filter(({ state }) => state === 'queued').flatMap((row) => missingAt(row, records, configured));

/** Configured destinations that a content, or a replayed record of it, has not reached. */
export const targetsOf = (
  { owed }: LedgerContent,
  records: readonly ParkedRecord[],
  configured: ReadonlySet<string>,
): string[] => [...new Set([...owed.filter((name) => configured.has(name)), ...replayedTo(records, configured)])];
