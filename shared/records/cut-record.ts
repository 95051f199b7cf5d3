/** One record, cut out of a content as text. */
export interface CutRecord {
  /** Position in its content, from 0. */
  readonly ordinal: number;
  /** Offset of its first byte in the content. */
  readonly offset: number;
  /** Length in the content, bytes; larger than `bytes` where line breaks were joined. */
  readonly length: number;
  /**
   * The record as Microsoft wrote it, on one line: each line break between tokens is one space, nothing else differs.
   * `undefined` if the record is over the limit; then only its place is known.
   */
  readonly bytes: Buffer | undefined;
  /** Top-level `Id`, decoded; `undefined` if absent or not a string. */
  readonly id: string | undefined;
  /** Top-level `CreationTime`, decoded; `undefined` if absent or not a string. */
  readonly creationTime: string | undefined;
  /** Other top-level keys that were asked for, decoded; only those present with a string value. */
  readonly extra?: Readonly<Record<string, string>>;
}
