/**
 * What all workers together know of the destinations (table `marks`), as it was when it was read. A destination that
 * failed is *down* until a request to it succeeds, however long ago its mark ran out: when the mark has run out, the one
 * who moves it on by etag may send a probe, everybody else leaves it alone.
 */
export interface DestinationHealth {
  isDown(destination: string): boolean;
  /** Whether any destination that these are owed to is up. */
  someUp(owed: readonly string[]): boolean;
  /**
   * Whether the caller is the one to probe: the mark of a destination that is down has run out, and was moved on by us.
   * @throws StorageError
   */
  claimProbe(destination: string): Promise<boolean>;
}
