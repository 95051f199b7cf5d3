import type { Hour } from '../activity-api/hours.ts';
import type { ContentType } from '../activity-api/content-types.ts';

/** A record on its way out. */
export interface OutgoingRecord {
  readonly contentId: string;
  /** `null` where a record has no `Id`. */
  readonly recordId: string | null;
  /** The record as Microsoft wrote it, on one line, without a line break at its end. */
  readonly bytes: Uint8Array;
}

/** One request to a destination: records of one batch (one feed, one hour), at most 4 MB and 3,000 records. */
export interface Delivery {
  readonly tenantId: string;
  readonly customerName: string;
  readonly contentType: ContentType;
  readonly hour: Hour;
  readonly records: readonly OutgoingRecord[];
}

/** What a destination says of one record: it has it for good, or refuses it with an answer that a person can read. */
export type Word = { readonly taken: true } | { readonly taken: false; readonly answer: string };

/** The word for a record that arrived. */
export const taken: Word = { taken: true };

/** A place where records go. One object serves all deliveries of a process, several at once. */
export interface Destination {
  readonly name: string;
  /** `file`, `https`, `archive`. */
  readonly type: string;
  /**
   * Sends one request, once, and waits for the answer.
   * @returns a word for each record, in order
   * @throws DestinationError if the request as a whole was not taken
   */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<readonly Word[]>;
}
