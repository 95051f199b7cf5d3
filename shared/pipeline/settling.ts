import { hourMs } from '../activity-api/hours.ts';
import { isSettled, type LedgerContent, type ParkedRecord, type RecordCounts } from '../state/ledger-row.ts';
import type { FetchedContent } from './fetch-content.ts';
import { letGo, released, type RowChange } from './held-rows.ts';
import {
  countParked,
  isAlive,
  type Replayed,
  rowsAfterFetch,
  rowsAfterReplay,
  type RowsAfterReplay,
  targetsOf,
  withRows,
} from './record-rows.ts';

/** Failures of its own after which a content is parked. */
export const mostFailures = 5;

const strikeOffMs = hourMs;

/**
 * Whether a content is not owed to this name any more, because no such destination is configured. One that was listed
 * within the hour goes on owing it: while the app restarts with a new destination, others may know it already.
 */
export const isStruckOff = (
  name: string,
  { firstSeen }: LedgerContent,
  configured: ReadonlySet<string>,
  now: number,
): boolean => !configured.has(name) && now - firstSeen >= strikeOffMs;

/** Rows of records that are parked, or may be, only for a destination that is struck off: they are lost to it. */
export const struckOffRecords = (
  content: LedgerContent,
  records: readonly ParkedRecord[],
  { configured, now }: { readonly configured: ReadonlySet<string>; readonly now: number },
): ParkedRecord[] =>
  records
    .filter(isAlive)
    .filter(({ destination }) => destination !== undefined && isStruckOff(destination, content, configured, now))
    .map((record) => ({ ...record, state: 'lost' }));

/**
 * A content that owes nothing any more and has no record on its way, as it ends: parked if records of it are, lost if all
 * that were to have any of it are gone, else delivered. A settled row is nobody's to hold.
 * @param struck names that were struck off just now
 */
export function settled(
  content: LedgerContent,
  { struck, now }: { readonly struck: readonly string[]; readonly now: number },
): LedgerContent {
  const { parked, delivered } = content.records;
  const isHad = content.reached || delivered > 0;
  const ended = { ...content, hold: undefined, settledAt: now };
  if (parked > 0) return { ...ended, state: 'parked', reason: `${parked} of its records are parked` };
  if (struck.length === 0 || isHad) return { ...ended, state: 'delivered', reason: undefined };
  const owed = [...new Set(struck)];
  const reason = `owed only to ${owed.join(' and ')}, no longer configured; no destination ever had it`;
  return { ...ended, state: 'lost', owed, reason };
}

/** Whether a destination has its word for everything of a content now. */
export function reached({ destinations, records }: FetchedContent, destination: string): boolean {
  const one = destinations.get(destination);
  return one === undefined ? records === 0 : one.failed === undefined;
}

/** What an attempt at a content came to. */
export interface Attempt {
  /** Nothing if only replayed records were sent. */
  readonly fetched: FetchedContent | undefined;
  /** Nothing if no replayed records were sent. */
  readonly replayed: Replayed | undefined;
}

/**
 * The change that an attempt whose stream ended whole makes to its content: the destinations reached leave `owed`; when
 * none is left and no replayed record is on its way, the content is settled. What is left to destinations that are all
 * down waits.
 * @param configured names of the destinations that exist; others are struck off
 */
export function afterDelivery(
  contentId: string,
  { fetched, replayed }: Attempt,
  at: {
    readonly by: string;
    readonly configured: ReadonlySet<string>;
    readonly now: number;
    readonly isDown: (destination: string) => boolean;
  },
): RowChange {
  const { by, configured, now, isDown } = at;
  const isReached = (name: string): boolean => fetched !== undefined && reached(fetched, name);
  const afterReplay = (known: readonly ParkedRecord[]): RowsAfterReplay =>
    rowsAfterReplay(known, replayed ?? { changed: [], repeated: new Set() }, configured);
  const changedRecords = (content: LedgerContent, known: readonly ParkedRecord[]): readonly ParkedRecord[] => {
    const sent = afterReplay(known);
    const fetchedToo = withRows(sent.all, fetched ? rowsAfterFetch(contentId, sent.all, fetched, now) : []);
    const gone = struckOffRecords(content, fetchedToo.all, at);
    return withRows(sent.changed, [...fetchedToo.changed, ...gone]).all;
  };
  return {
    contentId,
    records: changedRecords,
    to: (content, known) => {
      if (isSettled(content.state)) return undefined;
      const changed = changedRecords(content, known);
      const { all } = withRows(known, changed);
      const owed = content.owed.filter((name) => !isReached(name) && !isStruckOff(name, content, configured, now));
      const counts = content.owed.some(isReached) ? newerCounts(content.records, fetched) : content.records;
      const { delivered, duplicates } = afterReplay(known);
      const next: LedgerContent = {
        ...content,
        owed,
        records: {
          delivered: counts.delivered + delivered,
          duplicates: counts.duplicates + duplicates,
          parked: countParked(all),
        },
        reached: content.reached || content.owed.some((name) => isReached(name) && !all.some(isMissingAt(name))),
        hasRecordRows: content.hasRecordRows || all.length > 0,
      };
      const targets = targetsOf(next, all, configured);
      if (targets.length > 0 && targets.every(isDown)) return waiting(next, by);
      if (targets.length > 0 || owed.length > 0) return next;
      const gone = changed.filter(({ state }) => state === 'lost').map(({ destination }) => destination ?? '');
      return settled(next, { struck: [...content.owed.filter((name) => !isReached(name)), ...gone], now });
    },
  };
}

/** Whether a destination that has its word for everything lacks this record all the same. */
const isMissingAt =
  (name: string) =>
  ({ destination, state }: ParkedRecord): boolean =>
    state !== 'delivered' && (destination === undefined || destination === name);

/**
 * A later attempt cannot tell of records without an Id that an earlier one delivered, nor of repeats at a destination that
 * is out: the one that knows more counts.
 */
const newerCounts = (before: RecordCounts, fetched: FetchedContent | undefined): RecordCounts => {
  if (fetched === undefined) return before;
  const { delivered, duplicates } = fetched;
  const more = delivered - before.delivered || duplicates - before.duplicates;
  return more < 0 ? before : { ...before, delivered, duplicates };
};

const waiting = (content: LedgerContent, by: string): LedgerContent => ({
  ...released(content, by),
  state: 'waiting',
  deaths: 0,
});

/** The change that lets a content wait for a destination to come up: no message is out about it. */
export const afterWaiting = (contentId: string, reason: string | undefined, by: string): RowChange => ({
  contentId,
  to: (content) =>
    isSettled(content.state) ? undefined : { ...waiting(content, by), lastError: reason ?? content.lastError },
});

/** The change that gives a content up, as lost or parked. */
export const afterGivingUp = (
  contentId: string,
  state: 'lost' | 'parked',
  reason: string,
  { by, now }: { by: string; now: number },
): RowChange => ({
  contentId,
  to: (content) =>
    isSettled(content.state)
      ? letGo(content, by)
      : { ...content, state, hold: undefined, reason, lastError: reason, settledAt: now },
});

/**
 * The change that counts a failure of a content's own; the fifth parks it.
 * @param failures this one included: a write that is repeated because its answer was lost must not count twice
 */
export const afterFailure = (
  contentId: string,
  failures: number,
  reason: string,
  { by, now }: { by: string; now: number },
): RowChange => ({
  contentId,
  to: (content) => {
    if (isSettled(content.state)) return letGo(content, by);
    const failed = {
      ...content,
      failures: Math.max(content.failures, failures),
      // The copy may be what was broken, and is gone; the API is asked as long as it has the content.
      saved: content.saved && content.expires <= now,
      lastError: reason,
    };
    return failed.failures < mostFailures
      ? failed
      : { ...failed, state: 'parked', hold: undefined, reason, settledAt: now };
  },
});
