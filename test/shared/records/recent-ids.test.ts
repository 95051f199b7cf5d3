import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { createRecentIds } from '../../../shared/records/recent-ids.ts';

test('an Id is found again, however long, and told from others that differ only at their end or in half a character', () => {
  const ids = createRecentIds();
  const long = 'x'.repeat(200);
  const different = ['a', 'b', 'x'.repeat(100), 'x'.repeat(101), long, `${long}y`, `${long}\ud800`, `${long}\ud801`];
  expect(different.map((id) => ids.add(id))).toEqual(different.map(() => false));
  expect(different.map((id) => ids.add(id))).toEqual(different.map(() => true));
});

test('the newest are remembered, the oldest forgotten', () => {
  const ids = createRecentIds(2);
  for (const id of ['1', '2', '3', '4', '5']) ids.add(id);
  expect([ids.add('3'), ids.add('4'), ids.add('1')]).toEqual([true, true, false]);
});

test('a hundred Ids of a megabyte take no memory to speak of', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const ids = createRecentIds();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 100; index += 1) ids.add(Buffer.alloc(1_000_000, String(index).padStart(3)).toString());
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
  expect(ids.add('new')).toBe(false);
});
