/** A value as it was read from a table, with the version that a later write can insist on. */
export interface Stored<T> {
  readonly value: T;
  readonly etag: string;
}
