import type { ContentType } from '../activity-api/content-types.ts';
import type { Hour } from '../activity-api/hours.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { RefusedRecord } from './content-account.ts';
import type { Destination } from './destination.ts';
import type { OfferedRecord } from './filling-request.ts';

/** A record that a destination has for good: what the table of seen records is written from. */
export type TakenRecord = Pick<OfferedRecord, 'contentId' | 'recordId' | 'ordinal' | 'creationTime'>;

/** A record that a destination refuses, with its bytes: what it can be kept by. */
export interface RefusedBytes extends RefusedRecord {
  readonly contentId: string;
  readonly bytes: Uint8Array;
}

export interface DelivererOptions {
  readonly destinations: readonly Destination[];
  readonly tenantId: string;
  readonly customerName: string;
  readonly contentType: ContentType;
  readonly hour: Hour;
  readonly clock: Clock;
  readonly random: Random;
  /** Breaks everything off: offers reject with its reason, contents that have ended are told of as far as they got. */
  readonly signal: AbortSignal;
  /**
   * Contents of the batch, as far as they are known: a tail waits for them (up to the linger) to share its request. A
   * content that is not named here is known from its first offer.
   */
  readonly contentIds?: readonly string[];
  /**
   * Called after each acknowledged request, before its records count as delivered. If it rejects, so does every offer
   * and finish: without its note a later try would deliver twice.
   */
  readonly onTaken?: (destination: string, records: readonly TakenRecord[]) => Promise<void>;
  /**
   * Called with records that a destination refuses, before they count as refused or suspected: what their outcome tells
   * of can then be kept. If it rejects, so does every offer and finish.
   */
  readonly onRefused?: (destination: string, records: readonly RefusedBytes[]) => Promise<void>;
  /** Told of each request, every try of it, how long it took and whether it was taken. */
  readonly onAnswered?: (destination: string, milliseconds: number, isTaken: boolean) => void;
  /** When an earlier attempt saw this record refused for the first time; asked for every record, so it must be quick. */
  readonly firstRefusal?: (destination: string, contentId: string, ordinal: number) => number | undefined;
  /** Whether this record is parked there already: then it is not sent, and no outcome tells of it again. */
  readonly isParked?: (destination: string, contentId: string, ordinal: number) => boolean;
  /** When a destination last took a record, by anyone, as far as is known now. */
  readonly lastTaken?: (destination: string) => number | undefined;
  /** Asked before each request: whether the destination may be asked now. If not, it drops out. */
  readonly mayAsk?: (destination: string) => Promise<boolean>;
  /** Whether a destination is only being probed: until it takes something, a request gets one try. */
  readonly isProbe?: (destination: string) => boolean;
  /** The most that a request may hold, counted in lines with their envelopes; default 4 MiB and 3,000. */
  readonly maxRequestBytes?: number;
  readonly maxRequestRecords?: number;
  /** How long the last records of a content wait for company, milliseconds; default 200. */
  readonly lingerMs?: number;
  /** Pauses before a request is sent again as it is, milliseconds; default 1, 5 and 20 s. */
  readonly retryPausesMs?: readonly number[];
}
