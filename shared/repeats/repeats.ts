import type { TakenRecord } from '../delivery/deliverer.ts';
import type { CutRecord } from '../records/cut-record.ts';
import type { FeedId } from '../state/feed-key.ts';

/**
 * What this process knows of the records that each destination has: read from the table `seen`, and what its own batches
 * have in flight. One object for all batches of a process; each destination by itself.
 */
export interface Repeats {
  /** Begins the work on one batch; dispose of it when nothing of the batch is in flight any more. */
  begin(feed: FeedId): BatchRepeats;
}

/** Records of one content at one destination, sorted by whether it needs them. */
export interface SortedRecords {
  /** To be sent: nobody is known to have delivered or to be delivering them there. */
  readonly fresh: readonly CutRecord[];
  /** Ordinals of records that the destination has from this very content, by an earlier attempt: delivered, not repeats. */
  readonly had: readonly number[];
  /** Ordinals of records that the destination has from another content, or that another content has in flight there. */
  readonly repeats: readonly number[];
}

/** The repeats of one batch. */
export interface BatchRepeats extends Disposable {
  /**
   * Sorts records before they are offered. Those that are fresh count as in flight from now on, until the destination
   * has given its word, or the batch ends. A record without `Id` or `CreationTime` is always fresh.
   * @throws StorageError
   */
  sort(destination: string, contentId: string, records: readonly CutRecord[]): Promise<SortedRecords>;
  /**
   * Resolves when everything that was dropped from this content at this destination because another content had it in
   * flight has had its word. @returns how many of those were not taken after all: the content still owes them
   */
  missed(destination: string, contentId: string): Promise<number>;
  /** Writes down what a destination has for good. Awaited before the records count as delivered. @throws StorageError */
  taken(destination: string, records: readonly TakenRecord[]): Promise<void>;
}
