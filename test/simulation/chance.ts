/** Chance that is the same for the same seed. Each part of a world draws from a stream of its own, by name. */
export interface Chance {
  /** From 0 up to, but not including, 1. */
  fraction(): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  happens(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** A number between `least` and `most` of which every order of magnitude is equally likely. */
  spread(least: number, most: number): number;
  /** Another stream, which does not depend on how much was drawn from this one. */
  stream(name: string): Chance;
}

/** FNV-1a, 32 bits. */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The generator `mulberry32`. */
export function createChance(seed: string): Chance {
  let state = hashText(seed);
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (least: number, most: number): number => least + Math.floor(fraction() * (most - least + 1));
  return {
    fraction,
    between,
    happens: (probability) => fraction() < probability,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new Error('There is nothing to pick from; give a list that holds something.');
      return list[between(0, list.length - 1)] as T;
    },
    spread: (least, most) => least * (most / least) ** fraction(),
    stream: (name) => createChance(`${seed}/${name}`),
  };
}
