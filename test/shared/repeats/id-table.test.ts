import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createIdTable } from '../../../shared/repeats/id-table.ts';

const word = fc.constantFrom(0, 1, 2, 0xffffffff);

test('finds what was added, and nothing else', () => {
  const entry = fc.record({ id: fc.tuple(word, word, word, word), mark: fc.integer({ min: 1, max: 3 }) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 300 }), fc.array(entry), (added, asked) => {
      const table = createIdTable();
      const model = new Map<string, Set<number>>();
      for (const { id, mark } of added) {
        table.add(Uint32Array.from(id), mark);
        model.set(id.join(), (model.get(id.join()) ?? new Set()).add(mark));
      }
      expect(table.size).toBe([...model.values()].reduce((sum, marks) => sum + marks.size, 0));
      for (const { id, mark } of [...added, ...asked]) {
        const marks = model.get(id.join());
        const expected = marks === undefined ? undefined : marks.has(mark) ? 'same' : 'other';
        expect(table.find(Uint32Array.from(id), mark)).toBe(expected);
      }
    }),
  );
});

test('grows with its Ids, at some 40 bytes for each', () => {
  const table = createIdTable();
  const id = new Uint32Array(4);
  for (let i = 0; i < 100_000; i += 1) {
    id[0] = i;
    table.add(id, 1);
  }
  expect(table.size).toBe(100_000);
  expect(table.bytes / table.size).toBeLessThan(20 * 2.6);
  for (let i = 0; i < 200_000; i += 1) {
    id[0] = i;
    if ((table.find(id, 1) === 'same') !== i < 100_000) throw new Error(`Id ${i} is found wrongly.`);
  }
});
