import type { Delivery } from './destination.ts';

/** What goes before the id of every record of one content. */
export interface EnvelopeFields {
  readonly tenantId: string;
  readonly customerName: string;
  readonly contentType: string;
  readonly contentId: string;
}

const plain = /^[\w.:-]*$/;
const lineBreaks = /[\u0085\u2028\u2029]/g;
const afterId = ',"record":';
const closingBrace = 0x7d;
const lineFeed = 0x0a;
const lineEndLength = 2;

const escapeCodeUnit = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A string as JSON. Besides what JSON asks for, lone surrogates are escaped (they have no UTF-8), and so is whatever
 * some readers of NDJSON take for the end of a line.
 */
const quote = (text: string): string =>
  plain.test(text) ? `"${text}"` : JSON.stringify(text).replace(lineBreaks, escapeCodeUnit);

/** The part of the line that all records of a content share, up to and including `"recordId":`. */
export const envelopePrefix = (fields: EnvelopeFields): Buffer =>
  Buffer.from(
    `{"tenantId":${quote(fields.tenantId)},"customerName":${quote(fields.customerName)},` +
      `"contentType":${quote(fields.contentType)},"contentId":${quote(fields.contentId)},"recordId":`,
  );

const betweenPrefixAndRecord = (recordId: string | null): string =>
  (recordId === null ? 'null' : quote(recordId)) + afterId;

/** Length of a record's line in its envelope, bytes, the line break included. @param prefixLength of the prefix, bytes */
export const envelopeLineLength = (prefixLength: number, recordId: string | null, recordLength: number): number =>
  prefixLength + Buffer.byteLength(betweenPrefixAndRecord(recordId)) + recordLength + lineEndLength;

/**
 * The records of a delivery, each in its envelope, one a line. The records are copied as they are, never parsed.
 * Every line is sized first, so that the body is allocated once: joining buffers or strings costs a multiple.
 */
export function envelopeLines(delivery: Delivery): Buffer {
  const prefixes = new Map<string, Buffer>();
  const prefixOf: Buffer[] = [];
  const middles: string[] = [];
  let total = 0;
  for (const { contentId, recordId, bytes } of delivery.records) {
    let prefix = prefixes.get(contentId);
    if (prefix === undefined) {
      prefix = envelopePrefix({ ...delivery, contentId });
      prefixes.set(contentId, prefix);
    }
    const middle = betweenPrefixAndRecord(recordId);
    prefixOf.push(prefix);
    middles.push(middle);
    total += prefix.length + Buffer.byteLength(middle) + bytes.length + lineEndLength;
  }

  const body = Buffer.allocUnsafeSlow(total);
  let at = 0;
  let index = 0;
  for (const { bytes } of delivery.records) {
    const prefix = prefixOf[index];
    if (prefix !== undefined) {
      body.set(prefix, at);
      at += prefix.length;
    }
    at += body.write(middles[index] ?? '', at);
    body.set(bytes, at);
    at += bytes.length;
    body[at] = closingBrace;
    body[at + 1] = lineFeed;
    at += lineEndLength;
    index += 1;
  }
  return body;
}
