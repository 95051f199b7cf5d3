import { hourMs } from '../activity-api/hours.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import type { FetchedContent } from './fetch-content.ts';
import { letGo, released, type RowChange } from './held-rows.ts';
import { type RecordRows, targetsOf } from './record-rows.ts';

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

/** Whether a destination has its word for everything of a content now. */
export function reached({ destinations, records }: FetchedContent, destination: string): boolean {
  const one = destinations.get(destination);
  return one === undefined ? records === 0 : one.failed === undefined;
}

/** What an attempt at a content came to. */
export interface Attempt {
  /** Nothing if only replayed records were sent. */
  readonly fetched: FetchedContent | undefined;
  readonly recordRows: RecordRows;
  /** Replayed records that nobody had taken before. */
  readonly replayed: number;
}

/**
 * The change that an attempt whose stream ended whole makes to its content: the destinations reached leave `owed`; when
 * none is left and no replayed record is on its way, the content is delivered, or parked if records of it are, or lost if
 * all that were owed it are gone; a settled row is nobody's to hold. What is left to destinations that are all down waits.
 * @param configured names of the destinations that exist; others are struck off
 */
export function afterDelivery(
  contentId: string,
  { fetched, recordRows, replayed }: Attempt,
  at: {
    readonly by: string;
    readonly configured: ReadonlySet<string>;
    readonly now: number;
    readonly isDown: (destination: string) => boolean;
  },
): RowChange {
  const { by, configured, now, isDown } = at;
  const out = recordRows.all.filter(({ state }) => state === 'parked' || state === 'queued');
  const parked = new Set(out.map(({ ordinal }) => ordinal)).size;
  const isReached = (name: string): boolean => fetched !== undefined && reached(fetched, name);
  return {
    contentId,
    parkedRecords: recordRows.changed,
    to: (content) => {
      if (isSettled(content.state)) return undefined;
      const owed = content.owed.filter((name) => !isReached(name) && !isStruckOff(name, content, configured, now));
      const isReceived = content.owed.length === 0 || content.owed.some(isReached) || content.records.delivered > 0;
      if (owed.length === 0 && !isReceived) {
        const reason = `owed only to ${content.owed.join(' and ')}, no longer configured; no destination ever had it`;
        return { ...content, state: 'lost', hold: undefined, reason, settledAt: now };
      }
      const delivered = content.owed.some(isReached) && fetched ? fetched.delivered : content.records.delivered;
      const next: LedgerContent = {
        ...content,
        owed,
        records: {
          delivered: delivered + replayed,
          duplicates: fetched?.duplicates ?? content.records.duplicates,
          parked,
        },
        hasRecordRows: recordRows.all.length > 0,
      };
      const targets = targetsOf(next, recordRows.all, configured);
      if (targets.length > 0 && targets.every(isDown)) return waiting(next, by);
      if (targets.length > 0 || owed.length > 0) return next;
      return {
        ...next,
        hold: undefined,
        state: parked > 0 ? 'parked' : 'delivered',
        reason: parked > 0 ? `${parked} of its records are parked` : undefined,
        settledAt: now,
      };
    },
  };
}

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
      // The copy may be what is broken; the API is asked as long as it has the content.
      saved: content.saved && content.expires <= now,
      lastError: reason,
    };
    return failed.failures < mostFailures
      ? failed
      : { ...failed, state: 'parked', hold: undefined, reason, settledAt: now };
  },
});
