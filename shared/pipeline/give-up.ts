import type { ContentChange, LedgerHour } from '../state/ledger.ts';
import type { ContentState, LedgerContent, ParkedRecord } from '../state/ledger-row.ts';
import type { Stored } from '../state/stored.ts';
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
  readonly why: 'expired' | 'off-boarded' | 'destination-removed' | 'content-lost';
}

/** A content as lost, and its records with it. */
export function afterLoss(
  { value, etag }: Stored<LedgerContent>,
  rows: LedgerHour,
  reason: string,
  now: number,
): ContentChange {
  return {
    value: { ...withParked(value, []), state: 'lost', hold: undefined, reason, settledAt: now },
    etag,
    parkedRecords: recordsOf(rows, value).filter(isAlive).map(lost),
  };
}

/** What Close makes of a content that nobody has in hand; `undefined` leaves it as it is. */
export function verdictOn(
  content: Stored<LedgerContent>,
  rows: LedgerHour,
  { now, configured, dropped }: { now: number; configured: ReadonlySet<string>; dropped: boolean },
): Verdict | undefined {
  const { value, etag } = content;
  const records = recordsOf(rows, value);
  if (value.state === 'lost' && records.some(isAlive)) {
    const parkedRecords = records.filter(isAlive).map(lost);
    return { change: { value: withParked(value, []), etag, parkedRecords }, why: 'content-lost' };
  }
  if (isHeld(value, now) || isOver(value.state)) return undefined;
  if (dropped) return { change: afterLoss(content, rows, offBoarded, now), why: 'off-boarded' };
  const struck = struckOff(value, records, { now, configured });
  if (hasExpired(struck?.value ?? value, now)) {
    return { change: afterLoss(content, rows, expiryReason(struck?.value ?? value), now), why: 'expired' };
  }
  return struck && { change: { ...struck, etag }, why: 'destination-removed' };
}

/** One that is saved does not expire, and neither does one that owes only records: we have their bytes. */
const hasExpired = (content: LedgerContent, now: number): boolean =>
  needsBody(content) && !content.saved && content.expires <= now;

const expiryReason = ({ expires, owed }: LedgerContent): string =>
  `expired at ${new Date(expires).toISOString()} before it reached ${owed.join(' and ')}`;

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
  const isOnItsWay = owed.length > 0 || all.some(({ state }) => state === 'queued' || state === 'refused');
  const struck = [...content.owed, ...gone.map(({ destination }) => destination ?? '')];
  return { value: isOnItsWay ? value : settled(value, { struck, now: at.now }), parkedRecords: gone };
}
