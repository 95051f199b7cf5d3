/** Numbers from 0 up to, but not including, 1. */
export type Chance = () => number;

const mix = (value: number): number => {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
};

/** Chance that is the same for the same parts: what was served before a restart can be derived again after it. */
export function seeded(...parts: readonly (string | number)[]): Chance {
  let state = 0x811c9dc5;
  for (const character of parts.join('\u0000')) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state) / 0x1_0000_0000;
  };
}

/** A whole number from `low` to `high`, both included. */
export const between = (chance: Chance, low: number, high: number): number =>
  low + Math.floor(chance() * (high - low + 1));

/** One of the items. @throws RangeError if there is none */
export function pick<Item>(chance: Chance, items: readonly Item[]): Item {
  const item = items[Math.floor(chance() * items.length)];
  if (item === undefined) throw new RangeError('There is nothing to pick from; give at least one item.');
  return item;
}
