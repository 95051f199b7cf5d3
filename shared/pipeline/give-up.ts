import type { ContentChange, LedgerHour } from '../state/ledger.ts';
import { type ContentState, isSettled, type LedgerContent, type ParkedRecord } from '../state/ledger-row.ts';
import type { Stored } from '../state/stored.ts';
import type { Standing } from './closing.ts';
import { offBoarded } from './list-hour.ts';
import { countParked, isAlive, withRows } from './record-rows.ts';
import { needsBody } from './saving.ts';
import { isStruckOff, settled, struckOffRecords } from './settling.ts';

/** Delivered or lost: nothing will be done about it any more. */
export const isOver = (state: ContentState): boolean => state === 'delivered' || state === 'lost';

/** Whether a worker has the content in hand. */
export const isHeld = ({ hold }: LedgerContent, now: number): boolean => hold !== undefined && hold.until > now;

/** The rows of a content's own records. */
export const recordsOf = ({ parkedRecords }: LedgerHour, { id }: LedgerContent): ParkedRecord[] =>
  parkedRecords.filter(({ contentId }) => contentId === id);

/** A row that nobody else will bring to its end, as it should be, and why: for the log. */
export interface Verdict {
  readonly change: ContentChange;
  readonly why: 'expired' | 'off-boarded' | 'destination-removed' | 'records-left';
}

/** What decides about it beside its own rows. */
interface Circumstances {
  readonly now: number;
  /** Names of the destinations that exist. */
  readonly configured: ReadonlySet<string>;
  readonly standing: Standing;
}

/** A content as lost, and its records with it: nobody wants anything of it any more. */
export const afterLoss = (
  { value, etag }: Stored<LedgerContent>,
  rows: LedgerHour,
  reason: string,
  now: number,
): ContentChange => ({
  value: { ...withParked(value, []), state: 'lost', hold: undefined, reason, settledAt: now },
  etag,
  parkedRecords: recordsOf(rows, value).filter(isAlive).map(lost),
});

/** What Close makes of a content that nobody has in hand; `undefined` leaves it as it is. */
export function verdictOn(content: Stored<LedgerContent>, rows: LedgerHour, at: Circumstances): Verdict | undefined {
  const { value, etag } = content;
  const { now, standing } = at;
  if (isHeld(value, now)) return undefined;
  const records = recordsOf(rows, value);
  if (isOver(value.state)) return leftBehind(content, records, at);
  if (standing === 'dropped' || (standing === 'gone' && !isSettled(value.state)))
    return { change: afterLoss(content, rows, offBoarded, now), why: 'off-boarded' };
  const struck = struckOff(value, records, at);
  if (hasExpired(struck?.value ?? value, records, now)) {
    const reason = expiryReason(struck?.value ?? value);
    return { change: afterExpiry(content, records, reason, now), why: 'expired' };
  }
  return struck ? { change: { ...struck, etag }, why: 'destination-removed' } : leftBehind(content, records, at);
}

/**
 * One that is saved does not expire, and neither does one that owes only records: we have their bytes. One with a record
 * on its way ends when that has arrived: the attempt that sends it finds the content gone.
 */
const hasExpired = (content: LedgerContent, records: readonly ParkedRecord[], now: number): boolean =>
  needsBody(content) &&
  !content.saved &&
  content.expires <= now &&
  !(content.state !== 'parked' && records.some(({ state }) => state === 'queued'));

/** A content as lost, but not the records of it that we have: they are parked, and can be replayed. */
function afterExpiry(
  { value, etag }: Stored<LedgerContent>,
  records: readonly ParkedRecord[],
  reason: string,
  now: number,
): ContentChange {
  const { all, changed } = withRows(records, records.filter(isOnItsWay).map(parked));
  return {
    value: { ...withParked(value, all), state: 'lost', hold: undefined, reason, settledAt: now },
    etag,
    parkedRecords: changed,
  };
}

/**
 * Records that nobody will send although they are not parked, because their content is settled: it was given up, or a
 * replay of it was cut in the middle. They are parked; or lost, where they are not wanted any more.
 */
function leftBehind(
  { value, etag }: Stored<LedgerContent>,
  records: readonly ParkedRecord[],
  at: Circumstances,
): Verdict | undefined {
  if (!isSettled(value.state) || needsBody(value)) return undefined;
  const loose = records.filter(isOnItsWay).map(parked);
  const unwanted = at.standing === 'dropped' ? records.filter(isAlive).map(lost) : struckOffRecords(value, records, at);
  const { all } = withRows(records, [...loose, ...unwanted]);
  const parkedRecords = all.filter((record) => !records.includes(record));
  if (parkedRecords.length === 0) return undefined;
  return { change: { value: withParked(value, all), etag, parkedRecords }, why: 'records-left' };
}

const expiryReason = ({ expires, owed }: LedgerContent): string =>
  `expired at ${new Date(expires).toISOString()} before it reached ${owed.join(' and ')}`;

const isOnItsWay = ({ state }: ParkedRecord): boolean => state === 'queued' || state === 'refused';

const parked = (record: ParkedRecord): ParkedRecord => ({ ...record, state: 'parked' });

const lost = (record: ParkedRecord): ParkedRecord => ({ ...record, state: 'lost' });

const withParked = (content: LedgerContent, records: readonly ParkedRecord[]): LedgerContent => ({
  ...content,
  records: { ...content.records, parked: countParked(records) },
});

/** The content without the destinations that are no longer configured; `undefined` if there are none of these. */
function struckOff(
  content: LedgerContent,
  records: readonly ParkedRecord[],
  at: { now: number; configured: ReadonlySet<string> },
): Omit<ContentChange, 'etag'> | undefined {
  const gone = struckOffRecords(content, records, at);
  const owed = content.owed.filter((name) => !isStruckOff(name, content, at.configured, at.now));
  if (owed.length === content.owed.length && gone.length === 0) return undefined;
  const { all } = withRows(records, gone);
  const value = { ...withParked(content, all), owed };
  const isUnderway = owed.length > 0 || all.some(isOnItsWay);
  const struck = [...content.owed, ...gone.map(({ destination }) => destination ?? '')];
  return { value: isUnderway ? value : settled(value, { struck, now: at.now }), parkedRecords: gone };
}
