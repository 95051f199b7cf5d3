/** Positions of records in one content, at one bit a record, so that memory stays flat. */
export interface OrdinalSet {
  readonly size: number;
  has(ordinal: number): boolean;
  add(ordinal: number): void;
  delete(ordinal: number): void;
  /** How many of these the other set does not have. */
  sizeWithout(other: Pick<OrdinalSet, 'has'>): number;
}

const bitsOf = (byte: number): number => {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count += 1;
  return count;
};

export function createOrdinalSet(): OrdinalSet {
  let bytes = new Uint8Array(16);
  let size = 0;
  const has = (ordinal: number): boolean => ((bytes[ordinal >> 3] ?? 0) & (1 << (ordinal & 7))) !== 0;
  const flip = (ordinal: number): void => {
    bytes[ordinal >> 3] = (bytes[ordinal >> 3] ?? 0) ^ (1 << (ordinal & 7));
  };
  return {
    get size() {
      return size;
    },
    has,
    add(ordinal) {
      if (has(ordinal)) return;
      if (ordinal >> 3 >= bytes.length) {
        const larger = new Uint8Array(Math.max(2 * bytes.length, (ordinal >> 3) + 1));
        larger.set(bytes);
        bytes = larger;
      }
      flip(ordinal);
      size += 1;
    },
    delete(ordinal) {
      if (!has(ordinal)) return;
      flip(ordinal);
      size -= 1;
    },
    sizeWithout(other) {
      let count = 0;
      for (const [index, byte] of bytes.entries()) {
        if (byte === 0) continue;
        let both = byte;
        for (let bit = 0; bit < 8; bit += 1) if (other.has(8 * index + bit)) both &= ~(1 << bit);
        count += bitsOf(both);
      }
      return count;
    },
  };
}
