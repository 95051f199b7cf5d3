import type { ListedContent } from '../activity-api/activity-api.ts';
import { flag, isoTime, list, number, optionalText, optionalTime, text, time } from './columns.ts';
import type { Row } from './table.ts';

/** What became of a content. `waiting`: all its owed destinations are down, no message is out. */
export type ContentState = 'queued' | 'waiting' | 'delivered' | 'parked' | 'lost';

export const isSettled = (state: ContentState): boolean => state !== 'queued' && state !== 'waiting';

/** Who is working on a content, until when. */
export interface Hold {
  /** Queue message and its dequeue count. */
  readonly by: string;
  readonly until: number;
  /** Whether the content was alone in its message, so that a death is its own. */
  readonly alone: boolean;
}

/** Records of one content, as the last attempt that reached their end counted them. */
export interface RecordCounts {
  /** Taken from this content by any destination. */
  readonly delivered: number;
  /** Repeats dropped everywhere. */
  readonly duplicates: number;
  readonly parked: number;
}

/** One content that was ever listed. */
export interface LedgerContent extends ListedContent {
  readonly state: ContentState;
  /** Destinations that it has not reached yet, fixed when it was listed. */
  readonly owed: readonly string[];
  /** Attempt of the newest message about it; an older message is an old copy. */
  readonly attempt: number;
  /** When that message becomes visible. */
  readonly due: number;
  /** Whether a worker ever took it. */
  readonly taken: boolean;
  /** Failures that are its own fault; five park it. */
  readonly failures: number;
  /** Workers that died on it alone since it was last put back. */
  readonly deaths: number;
  /** How often Close queued it again since it was last put back. */
  readonly redrives: number;
  readonly hold: Hold | undefined;
  readonly records: RecordCounts;
  /** Whether any destination has all of it; counts do not tell of a content that holds nothing but repeats. */
  readonly reached: boolean;
  /** Whether records of it may have rows of their own, in whatever state, or bytes in `saved`. */
  readonly hasRecordRows: boolean;
  /** Whether its body lies in `saved`: then its expiry no longer matters. */
  readonly saved: boolean;
  /** Why it is parked or lost. */
  readonly reason: string | undefined;
  readonly lastError: string | undefined;
  readonly firstSeen: number;
  readonly settledAt: number | undefined;
  /** Mark of the listing run that inserted it. */
  readonly run: string;
}

/**
 * Where a record stands that has a row of its own: `refused` once, but its destination took nothing else since, so it may
 * be the destination that is wrong; `parked`; `queued` again by a replay; `delivered` in the end; `lost` with its content.
 */
export type ParkedRecordState = 'refused' | 'parked' | 'queued' | 'delivered' | 'lost';

/** One record of a content that is out of the way by itself, or was, or may soon be. Its bytes are in `saved`. */
export interface ParkedRecord {
  readonly contentId: string;
  readonly state: ParkedRecordState;
  /** The destination that refused it; `undefined` if it never got as far, and is missing at all of them. */
  readonly destination: string | undefined;
  /** Position in its content, from 0. */
  readonly ordinal: number;
  readonly recordId: string | undefined;
  /** The destination's answer, or why it was not even offered. */
  readonly reason: string;
  /** When it was first refused. */
  readonly firstSeen: number;
}

// Table Storage allows 1 KiB (512 UTF-16 units); room is left for the suffix of a parked record.
const longestPlainKey = 400;

/**
 * A content id as a row key: `/ \ # ? %` and everything else that keys or addresses dislike is escaped. One that is too
 * long, or holds half a character (a message may, a row does not), is a hash instead.
 */
export function contentRowKey(contentId: string, sha256: (text: string) => string): string {
  if (!contentId.isWellFormed()) return `=${sha256(contentId)}`;
  const encoded = encodeURIComponent(contentId).replaceAll('%', '=');
  return encoded.length <= longestPlainKey ? encoded : `=${sha256(contentId)}`;
}

/** Sorts right behind its content's row; `|` never occurs in an encoded id. */
const recordRowKey = (contentKey: string, record: ParkedRecord): string =>
  `${contentKey}|${String(record.ordinal).padStart(10, '0')}|${record.destination ?? ''}`;

/** The span of a content's record rows, from inclusive, to exclusive. */
export const recordRowKeys = (contentKey: string): [from: string, before: string] => [
  `${contentKey}|`,
  `${contentKey}}`,
];

export const isRecordRow = (row: Row): boolean => row.rowKey.includes('|');

export function contentFromRow(row: Row): LedgerContent {
  const holdBy = optionalText(row, 'holdBy');
  return {
    id: text(row, 'contentId'),
    uri: text(row, 'uri'),
    created: time(row, 'created'),
    expires: time(row, 'expires'),
    state: text(row, 'state') as ContentState,
    owed: list(row, 'owed'),
    attempt: number(row, 'attempt'),
    due: time(row, 'due'),
    taken: flag(row, 'taken'),
    failures: number(row, 'failures'),
    deaths: number(row, 'deaths'),
    redrives: number(row, 'redrives'),
    hold:
      holdBy === undefined ? undefined : { by: holdBy, until: time(row, 'holdUntil'), alone: flag(row, 'holdAlone') },
    records: {
      delivered: number(row, 'recordsDelivered'),
      duplicates: number(row, 'recordsDuplicate'),
      parked: number(row, 'recordsParked'),
    },
    reached: flag(row, 'reached'),
    hasRecordRows: flag(row, 'hasRecordRows'),
    saved: flag(row, 'saved'),
    reason: optionalText(row, 'reason'),
    lastError: optionalText(row, 'lastError'),
    firstSeen: time(row, 'firstSeen'),
    settledAt: optionalTime(row, 'settledAt'),
    run: text(row, 'run'),
  };
}

export const contentToRow = (partitionKey: string, rowKey: string, content: LedgerContent): Row => ({
  partitionKey,
  rowKey,
  contentId: content.id,
  uri: content.uri,
  created: isoTime(content.created),
  expires: isoTime(content.expires),
  state: content.state,
  owed: content.owed.join(','),
  attempt: content.attempt,
  due: isoTime(content.due),
  taken: content.taken,
  failures: content.failures,
  deaths: content.deaths,
  redrives: content.redrives,
  holdBy: content.hold?.by,
  holdUntil: isoTime(content.hold?.until),
  holdAlone: content.hold?.alone,
  recordsDelivered: content.records.delivered,
  recordsDuplicate: content.records.duplicates,
  recordsParked: content.records.parked,
  reached: content.reached,
  hasRecordRows: content.hasRecordRows,
  saved: content.saved,
  reason: content.reason,
  lastError: content.lastError,
  firstSeen: isoTime(content.firstSeen),
  settledAt: isoTime(content.settledAt),
  run: content.run,
});

export const recordFromRow = (row: Row): ParkedRecord => ({
  contentId: text(row, 'contentId'),
  state: (optionalText(row, 'state') ?? 'parked') as ParkedRecordState,
  destination: optionalText(row, 'destination'),
  ordinal: number(row, 'ordinal'),
  recordId: optionalText(row, 'recordId'),
  reason: text(row, 'reason'),
  firstSeen: time(row, 'firstSeen'),
});

export const recordToRow = (partitionKey: string, contentKey: string, record: ParkedRecord): Row => ({
  partitionKey,
  rowKey: recordRowKey(contentKey, record),
  contentId: record.contentId,
  state: record.state,
  destination: record.destination,
  ordinal: record.ordinal,
  recordId: record.recordId,
  reason: record.reason,
  firstSeen: isoTime(record.firstSeen),
});
