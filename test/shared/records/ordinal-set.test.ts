import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createOrdinalSet } from '../../../shared/records/ordinal-set.ts';

const ordinals = fc.array(fc.nat(2_000), { maxLength: 200 });

test('holds what was added and not deleted since', () => {
  fc.assert(
    fc.property(ordinals, ordinals, ordinals, (added, deleted, others) => {
      const [set, other] = [createOrdinalSet(), createOrdinalSet()];
      const model = new Set(added);
      for (const ordinal of added) set.add(ordinal);
      for (const ordinal of deleted) {
        set.delete(ordinal);
        model.delete(ordinal);
      }
      for (const ordinal of others) other.add(ordinal);
      expect(set.size).toBe(model.size);
      for (const ordinal of [...added, ...deleted, ...others]) expect(set.has(ordinal)).toBe(model.has(ordinal));
      expect(set.sizeWithout(other)).toBe([...model].filter((ordinal) => !others.includes(ordinal)).length);
    }),
  );
});
