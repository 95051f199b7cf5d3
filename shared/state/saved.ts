import type { Hour } from '../activity-api/hours.ts';
import type { FeedId } from './feed-key.ts';

/** A content, and where its ledger row is. */
export interface SavedPlace {
  readonly feed: FeedId;
  readonly hour: Hour;
  readonly contentId: string;
}

/**
 * Container `saved`: bodies of contents that are still owed or parked as they expire, and of records that have a row of
 * their own. Saving what is there already replaces it; forgetting what is not there is fine. All throw StorageError.
 */
export interface SavedStore {
  /** Copies a body, streamed; a broken stream leaves nothing behind. @throws also whatever the body throws */
  saveContent(place: SavedPlace, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** @returns `undefined` if it is not there */
  openContent(place: SavedPlace): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** @param ordinal position of the record in its content, from 0 */
  saveRecord(place: SavedPlace, ordinal: number, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** @returns `undefined` if it is not there */
  openRecord(place: SavedPlace, ordinal: number): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Removes the content's body, not its records. */
  forgetContent(place: SavedPlace): Promise<void>;
  /** Removes everything that was saved of the content, records included. */
  forgetAll(place: SavedPlace): Promise<void>;
  /** Removes everything of the hours of one month (`yyyymm`). */
  forgetMonth(month: string): Promise<void>;
}
