import { carriageReturn, lineFeed, space } from './json-bytes.ts';

/**
 * A copy of a record with each line break (CRLF, LF or lone CR) as one space. Only for valid JSON: there a line break
 * always stands between tokens, since a string cannot hold one unescaped.
 */
export function joinLines(record: Buffer): Buffer {
  const joined = Buffer.from(record);
  if (!record.includes(carriageReturn)) {
    for (let i = joined.indexOf(lineFeed); i >= 0; i = joined.indexOf(lineFeed, i + 1)) joined[i] = space;
    return joined;
  }
  let length = 0;
  for (let i = 0; i < record.length; i++) {
    const byte = record[i] ?? 0;
    if (byte === lineFeed && record[i - 1] === carriageReturn) continue;
    joined[length++] = byte === lineFeed || byte === carriageReturn ? space : byte;
  }
  return joined.subarray(0, length);
}
