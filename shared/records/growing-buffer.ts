/** Bytes put together from several chunks. Its memory is at most twice what it holds. */
export interface GrowingBuffer {
  readonly length: number;
  append(source: Uint8Array, from: number, to: number): void;
  /** Hands out what was gathered and forgets it. */
  take(): Buffer;
  clear(): void;
}

const empty = Buffer.alloc(0);

export function createGrowingBuffer(): GrowingBuffer {
  let bytes = empty;
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(source, from, to) {
      const needed = length + to - from;
      if (needed > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.max(needed, 2 * bytes.length));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(source.subarray(from, to), length);
      length = needed;
    },
    take() {
      const gathered = bytes.subarray(0, length);
      bytes = empty;
      length = 0;
      return gathered;
    },
    clear() {
      bytes = empty;
      length = 0;
    },
  };
}
