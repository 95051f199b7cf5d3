import type { OutgoingRecord } from './destination.ts';

/** A record offered to destinations, with what its outcome is told by. */
export interface OfferedRecord extends OutgoingRecord {
  /** Position in its content, from 0. */
  readonly ordinal: number;
  readonly creationTime: string | undefined;
  /** What it takes of a request: its line in the envelope, bytes, the longest that any destination sends. */
  readonly lineLength: number;
}

/** The most that one request may hold. */
export interface RequestLimits {
  readonly maxBytes: number;
  readonly maxRecords: number;
}

/** A request that is being put together. */
export interface FillingRequest {
  readonly records: readonly OfferedRecord[];
  /** The contents that have records in it. */
  readonly contentIds: ReadonlySet<string>;
  /** @returns whether there was room; a record that is too long for any request has room in an empty one */
  add(record: OfferedRecord): boolean;
}

export function createFillingRequest({ maxBytes, maxRecords }: RequestLimits): FillingRequest {
  const records: OfferedRecord[] = [];
  const contentIds = new Set<string>();
  let bytes = 0;
  return {
    records,
    contentIds,
    add(record) {
      const full = records.length >= maxRecords || bytes + record.lineLength > maxBytes;
      if (full && records.length > 0) return false;
      records.push(record);
      contentIds.add(record.contentId);
      bytes += record.lineLength;
      return true;
    },
  };
}
