import { isSettled, type ParkedRecord } from '../state/ledger-row.ts';
import type { FetchedContent } from './fetch-content.ts';
import { released, type RowChange } from './held-rows.ts';

/** Failures of its own after which a content is parked. */
export const mostFailures = 5;

/** Whether a destination has everything of a content now. */
export function reached({ destinations, records }: FetchedContent, destination: string): boolean {
  const one = destinations.get(destination);
  return one === undefined ? records === 0 : one.failed === undefined && one.refused.length === 0;
}

/**
 * The change that an attempt whose stream ended whole makes to its content: the destinations reached leave `owed`; when
 * none is left, the content is delivered, or parked if records of it are, or lost if all that were owed it are gone.
 * @param configured names of the destinations that exist; others are struck off
 */
export function afterDelivery(
  contentId: string,
  fetched: FetchedContent,
  { by, configured, now }: { by: string; configured: ReadonlySet<string>; now: number },
): RowChange {
  const parkedRecords = fetched.tooLarge.map((record): ParkedRecord => ({
    contentId,
    state: 'parked',
    destination: undefined,
    ordinal: record.ordinal,
    recordId: record.id,
    reason: `The record is ${record.length} bytes long, more than the 4 MB that one record may have.`,
    firstSeen: now,
  }));
  return {
    contentId,
    parkedRecords,
    to: (content) => {
      if (isSettled(content.state)) return undefined;
      const owed = content.owed.filter((name) => configured.has(name) && !reached(fetched, name));
      const isReceived = content.owed.some((name) => reached(fetched, name)) || content.records.delivered > 0;
      if (owed.length === 0 && !isReceived) {
        const reason = `owed only to ${content.owed.join(' and ')}, no longer configured; no destination ever had it`;
        return { ...released(content, by), state: 'lost', reason, settledAt: now };
      }
      const records = {
        delivered: content.owed.some((name) => reached(fetched, name)) ? fetched.delivered : content.records.delivered,
        duplicates: fetched.duplicates,
        parked: parkedRecords.length,
      };
      if (owed.length > 0) return { ...content, owed, records };
      return {
        ...released(content, by),
        owed,
        records,
        state: parkedRecords.length > 0 ? 'parked' : 'delivered',
        reason: parkedRecords.length > 0 ? `${parkedRecords.length} of its records are parked` : undefined,
        settledAt: now,
      };
    },
  };
}

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
      ? undefined
      : { ...released(content, by), state, reason, lastError: reason, settledAt: now },
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
    if (isSettled(content.state)) return undefined;
    const failed = { ...content, failures: Math.max(content.failures, failures), lastError: reason };
    return failed.failures < mostFailures
      ? failed
      : { ...released(failed, by), state: 'parked', reason, settledAt: now };
  },
});
