import { expect, test } from 'vitest';

import { splitMembers } from '../../local/simulator/split-json.ts';
import { neighbour, sibling, startRelay, standingWith, troubled } from './relay.ts';

test('a record that comes twice in one content arrives once, in whatever order its properties come (12, 26)', async () => {
  const relay = await startRelay();
  const records = relay.records(troubled, 5);
  relay.set('repeated-records', 'same', troubled);
  relay.set('reordered-properties', true, troubled);
  relay.offer(troubled, {}, records);
  await relay.settled();
  const { contents, records: counted } = await relay.standing(troubled);
  expect(contents).toEqual(standingWith({ delivered: 3 }));
  expect(counted).toEqual({ delivered: 9, duplicates: 3, parked: 0 });
  const membersOf = (text: string): string => JSON.stringify(splitMembers(text).toSorted());
  const received = relay.received(troubled).map(membersOf);
  expect(received).toHaveLength(9);
  expect(received).toEqual(expect.arrayContaining(records.map(membersOf)));
  await relay.expectWhole(sibling, neighbour);
});
