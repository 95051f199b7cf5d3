import type { ContentType } from './content-types.ts';

/** Where the bytes of a content come from, short enough to be written down. */
export type BodySource =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly offset: number; readonly length: number }
  | { readonly kind: 'generated'; readonly records: number; readonly bytesPerRecord: number }
  | {
      readonly kind: 'demo';
      readonly seed: number;
      /** The n-th content of the demo for its feed. */
      readonly index: number;
      /** When the content before it was created: it may repeat records of that one. */
      readonly before: number | null;
    };

/** The bytes of a content, made while they are read. */
export interface Body {
  readonly length: number;
  readonly chunks: Iterable<Buffer> | AsyncIterable<Buffer>;
}

export const bufferBody = (bytes: Buffer): Body => ({ length: bytes.byteLength, chunks: [bytes] });

/** A content: an array of records, and when it can be had. Times are milliseconds since the epoch. */
export interface Content {
  readonly tenantId: string;
  readonly contentType: ContentType;
  readonly id: string;
  readonly created: number;
  readonly expires: number;
  /** When the simulator came to have it. */
  readonly offered: number;
  /** From when on it is listed. */
  readonly listable: number;
  readonly records: number;
  readonly source: BodySource;
  /** It is not the whole of the content with that id: records `from` up to, but not including, `to`. */
  readonly part?: { readonly of: string; readonly from: number; readonly to: number } | undefined;
}
