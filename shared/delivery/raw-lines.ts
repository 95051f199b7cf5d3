import type { OutgoingRecord } from './destination.ts';

const lineBreak = 0x0a;

/** The records as Microsoft wrote them, one a line, each line ended by a line feed. Allocated once. */
export function rawLines(records: readonly OutgoingRecord[]): Buffer {
  let total = 0;
  for (const { bytes } of records) total += bytes.length + 1;
  const body = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const { bytes } of records) {
    body.set(bytes, at);
    at += bytes.length;
    body[at] = lineBreak;
    at += 1;
  }
  return body;
}
