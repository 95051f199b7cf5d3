import type { TakenRecord } from '../delivery/deliverer.ts';
import type { CutRecord } from '../records/cut-record.ts';
import type { OrdinalSet } from '../records/ordinal-set.ts';
import type { FeedId } from '../state/feed-key.ts';

/**
 * What this process knows of the records that each destination has: read from the table `seen`, and what its own batches
 * have in flight. One object for all batches of a process; each destination by itself.
 */
export interface Repeats {
  /**
   * Begins the work on one batch; dispose of it when nothing of the batch is in flight any more.
   * @param signal when it aborts, nothing waits for other contents any more
   */
  begin(feed: FeedId, signal?: AbortSignal): BatchRepeats;
}

/** Records of one content at one destination, sorted by whether it needs them. */
export interface SortedRecords {
  /** To be sent: nobody is known to have delivered or to be delivering them there. The very array if that is all. */
  readonly fresh: readonly CutRecord[];
  /** Ordinals of records that the destination has from this very content, by an earlier attempt: delivered, not repeats. */
  readonly had: readonly number[];
  /** Ordinals of records that the destination has from another content, or that another content has in flight there. */
  readonly repeats: readonly number[];
}

/** What became of the repeats of a content whose records have all had their word. */
export interface ContentRepeats {
  /** Records that any destination is known to have from this content, now or from an earlier attempt. */
  readonly delivered: OrdinalSet;
  /**
   * By destination, ordinals of records that were dropped because another content had them in flight, and that were not
   * taken after all: the content still owes them.
   */
  readonly missed: ReadonlyMap<string, readonly number[]>;
}

/** The repeats of one batch. */
export interface BatchRepeats extends Disposable {
  /**
   * Sorts records before they are offered. Those that are fresh count as in flight from now on, until the destination
   * has them, or the batch ends. A record without `Id` or `CreationTime` is always fresh.
   * @throws StorageError
   */
  sort(destination: string, contentId: string, records: readonly CutRecord[]): Promise<SortedRecords>;
  /**
   * Looks which records a destination has from this content by an earlier attempt, for the count.
   * @returns ordinals of those that it has from another content
   * @throws StorageError
   */
  recall(destination: string, contentId: string, records: readonly CutRecord[]): Promise<number[]>;
  /** Writes down what a destination has for good. Awaited before the records count as delivered. @throws StorageError */
  taken(destination: string, records: readonly TakenRecord[]): Promise<void>;
  /**
   * Every record of the content that was offered has had its word. Resolves when those that were dropped in favour of
   * others in flight have had theirs too: the others never wait for this content then, so that nobody waits in a ring.
   */
  end(contentId: string): Promise<ContentRepeats>;
  /** The content's stream broke: nobody waits any more for what it has in flight. */
  abandon(contentId: string): void;
}
