import { type IdWords, idWords } from './record-key.ts';

/**
 * Ids that a destination has, each with the mark of the content it was taken from. Typed arrays without holes for
 * strings: a million Ids in JavaScript's own sets would take several times the memory.
 */
export interface IdTable {
  readonly size: number;
  /** Memory, bytes. */
  readonly bytes: number;
  /** Whether the Id is there from the content of this mark, only from another one, or not at all. */
  find(id: IdWords, mark: number): 'same' | 'other' | undefined;
  add(id: IdWords, mark: number): void;
}

const slotWords = idWords + 1;
const leastSlots = 16;
const fullest = 0.8;

/** Real Ids are random in some of their bytes and run on in others. */
function spread(id: IdWords): number {
  let hash = 0;
  for (let word = 0; word < idWords; word += 1) hash = Math.imul(hash ^ (id[word] ?? 0), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Open addressing: an Id stands in the first free slot from where its hash points. Nothing is ever removed. */
export function createIdTable(): IdTable {
  let slots = new Uint32Array(leastSlots * slotWords);
  let size = 0;

  const holds = (at: number, id: IdWords): boolean =>
    slots[at] === id[0] && slots[at + 1] === id[1] && slots[at + 2] === id[2] && slots[at + 3] === id[3];

  const firstPlace = (id: IdWords): number => (spread(id) & (slots.length / slotWords - 1)) * slotWords;

  const nextPlace = (at: number): number => (at + slotWords === slots.length ? 0 : at + slotWords);

  const put = (id: IdWords, mark: number): void => {
    let at = firstPlace(id);
    for (; slots[at + idWords] !== 0; at = nextPlace(at)) {
      if (slots[at + idWords] === mark && holds(at, id)) return;
    }
    for (let word = 0; word < idWords; word += 1) slots[at + word] = id[word] ?? 0;
    slots[at + idWords] = mark;
    size += 1;
  };

  const grow = (): void => {
    const before = slots;
    slots = new Uint32Array(2 * before.length);
    size = 0;
    for (let at = 0; at < before.length; at += slotWords) {
      const mark = before[at + idWords];
      if (mark) put(before.subarray(at, at + idWords), mark);
    }
  };

  return {
    get size() {
      return size;
    },
    get bytes() {
      return slots.byteLength;
    },
    find(id, mark) {
      let found: 'other' | undefined;
      for (let at = firstPlace(id); slots[at + idWords] !== 0; at = nextPlace(at)) {
        if (!holds(at, id)) continue;
        if (slots[at + idWords] === mark) return 'same';
        found = 'other';
      }
      return found;
    },
    add(id, mark) {
      if (size >= fullest * (slots.length / slotWords)) grow();
      put(id, mark);
    },
  };
}
