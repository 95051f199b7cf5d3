// States of the record cutter: what the next byte may be. From `afterValue` to `afterBody` it stands between tokens,
// where whitespace is allowed.
export const inString = 0;
export const afterValue = 1;
export const beforeKey = 2;
export const beforeColon = 3;
export const beforeValue = 4;
export const beforeFirstKey = 5;
export const beforeFirstValue = 6;
export const beforeBody = 7;
export const afterBody = 8;
export const inScalar = 9;
export const inEscape = 10;
export const inHex = 11;
export const atStart = 12;

const misfits: Readonly<Record<number, string>> = {
  [afterValue]: 'a comma or a closing bracket is missing',
  [beforeKey]: 'a key is missing',
  [beforeColon]: 'a colon is missing',
  [beforeValue]: 'a value is missing',
  [beforeFirstKey]: 'a key or a closing brace is missing',
  [beforeFirstValue]: 'a value or a closing bracket is missing',
  [beforeBody]: 'neither an array nor an object begins',
  [afterBody]: 'something follows the end of the array or object',
};

/** What is wrong when a byte does not fit between two tokens, for the message of a `RecordStreamError`. */
export const misfitIn = (state: number): string => misfits[state] ?? 'a byte does not fit';
