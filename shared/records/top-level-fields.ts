import { createGrowingBuffer } from './growing-buffer.ts';

/** The string values of a record's wanted top-level keys, picked up while the record is being cut. */
export interface TopLevelFields {
  /** Values by the position of their key; the last one of a repeated key wins, as with `JSON.parse`. */
  readonly values: readonly (string | undefined)[];
  /** Forgets the values, for the next record. */
  reset(): void;
  /** Keeps the part of a key or value that this chunk holds, without its quotes; the rest is in the next chunk. */
  holdKey(chunk: Buffer, from: number, to: number): void;
  holdValue(chunk: Buffer, from: number, to: number): void;
  /** A key ended at `to`. @returns its position among the wanted, or -1; a former value of it is forgotten */
  endKey(chunk: Buffer, from: number, to: number, escaped: boolean): number;
  /** The string value of a wanted key ended at `to`. */
  endValue(key: number, chunk: Buffer, from: number, to: number, escaped: boolean): void;
}

/** The longest spelling of a UTF-16 unit in JSON: a backslash, `u` and four digits. */
const longestSpelling = 6;

function decode(raw: Buffer, from: number, to: number, escaped: boolean): string {
  const text = raw.toString('utf8', from, to);
  return escaped ? (JSON.parse(`"${text}"`) as string) : text;
}

function holds(chunk: Buffer, from: number, key: Buffer): boolean {
  for (let i = 0; i < key.length; i++) if (chunk[from + i] !== key[i]) return false;
  return true;
}

/**
 * @param keys the wanted keys; each is matched exactly, however it is escaped in the record
 * @param maxValueBytes a value that spans chunks and is longer is not gathered and reads as absent, so that memory
 *   stays flat
 */
export function createTopLevelFields(keys: readonly string[], maxValueBytes: number): TopLevelFields {
  const wanted = keys.map((key) => Buffer.from(key));
  const maxKeyBytes = longestSpelling * Math.max(...keys.map((key) => key.length));
  const values: (string | undefined)[] = keys.map(() => undefined);
  const wantedLengths = new Uint8Array(maxKeyBytes + 1);
  for (const key of wanted) wantedLengths[key.length] = 1;
  const held = createGrowingBuffer();
  let isHolding = false;
  let tooLong = false;

  function hold(chunk: Buffer, from: number, to: number, maxBytes: number): void {
    isHolding = true;
    tooLong ||= held.length + to - from > maxBytes;
    if (tooLong) held.clear();
    else held.append(chunk, from, to);
  }

  function find(chunk: Buffer, from: number, to: number, escaped: boolean): number {
    if (escaped) return to - from > maxKeyBytes ? -1 : keys.indexOf(decode(chunk, from, to, true));
    if (wantedLengths[to - from] !== 1) return -1;
    for (let i = 0; i < wanted.length; i++) {
      const key = wanted[i];
      if (key?.length === to - from && holds(chunk, from, key)) return i;
    }
    return -1;
  }

  /** The whole of what is held and this chunk's part; `undefined` if that is too long. */
  function take(chunk: Buffer, from: number, to: number, maxBytes: number): Buffer | undefined {
    hold(chunk, from, to, maxBytes);
    const whole = tooLong ? undefined : held.take();
    isHolding = false;
    tooLong = false;
    return whole;
  }

  function endKey(chunk: Buffer, from: number, to: number, escaped: boolean): number {
    if (isHolding) {
      const whole = take(chunk, from, to, maxKeyBytes);
      return whole === undefined ? -1 : endKey(whole, 0, whole.length, escaped);
    }
    const key = find(chunk, from, to, escaped);
    if (key >= 0) values[key] = undefined;
    return key;
  }

  function endValue(key: number, chunk: Buffer, from: number, to: number, escaped: boolean): void {
    if (isHolding) {
      const whole = take(chunk, from, to, maxValueBytes);
      if (whole !== undefined) values[key] = decode(whole, 0, whole.length, escaped);
    } else values[key] = decode(chunk, from, to, escaped);
  }

  return {
    values,
    reset: () => values.fill(undefined),
    holdKey: (chunk, from, to) => {
      hold(chunk, from, to, maxKeyBytes);
    },
    holdValue: (chunk, from, to) => {
      hold(chunk, from, to, maxValueBytes);
    },
    endKey,
    endValue,
  };
}
