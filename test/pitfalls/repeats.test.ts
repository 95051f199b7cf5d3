import { expect, test } from 'vitest';

import { splitMembers } from '../../local/simulator/split-json.ts';
import { hour, minute, neighbour, sibling, startRelay, standingWith, troubled } from './relay.ts';

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
test('a record that comes in two contents arrives once, in whatever order its properties come (12, 26)', async () => {
  const relay = await startRelay();
  await relay.settled();
  relay.set('repeated-records', 'next', troubled);
  relay.set('reordered-properties', true, troubled);
  relay.offer(troubled, {}, relay.records(troubled, 5));
  await relay.settled();
  expect((await relay.standing(troubled)).records).toEqual({ delivered: 9, duplicates: 1, parked: 0 });
  expect(relay.received(troubled)).toHaveLength(9);
  await relay.expectWhole(sibling, neighbour);
});

test('records that come again days later arrive once (26)', async () => {
  const relay = await startRelay();
  const records = relay.records(troubled, 3);
  relay.offer(troubled, {}, records);
  await relay.settled();
  relay.clock.advance(5 * 24 * hour);
  relay.offer(troubled, {}, records);
  await relay.settled();
  expect((await relay.standing(troubled)).records).toEqual({ delivered: 7, duplicates: 3, parked: 0 });
  expect(relay.received(troubled)).toHaveLength(7);
});

test('records arrive once although a window that ended earlier gave a part of them under another id (1.4)', async () => {
  const relay = await startRelay();
  relay.set('partial-contents', true, troubled);
  const now = relay.clock.now();
  const stamp = (time: number): string => `${new Date(time).toISOString().replaceAll(/\D/g, '')}000000`;
  const [from, created] = [now - 2 * minute, now + minute];
  const contentId = `${stamp(from)}$${stamp(created)}$audit_exchange$Audit_Exchange$na0014`;
  const records = relay.records(troubled, 30);
  relay.offer(troubled, { created, contentId, listable: now }, records);
  await relay.cycle();
  const early = relay.received(troubled).length;
  expect(early).toBeGreaterThan(4);
  expect(early).toBeLessThan(34);
  await relay.settled();
  await relay.cycles(2);
  const { contents, records: counted } = await relay.standing(troubled);
  expect(contents).toEqual(standingWith({ delivered: 4 }));
  expect(counted).toEqual({ delivered: 34, duplicates: early - 4, parked: 0 });
  expect(relay.received(troubled)).toHaveLength(34);
  expect(relay.received(troubled)).toEqual(expect.arrayContaining(records));
  await relay.expectWhole(sibling, neighbour);
});
