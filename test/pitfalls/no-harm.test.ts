import { expect, test } from 'vitest';

import { neighbour, sibling, startRelay, troubled } from './relay.ts';

test('nothing switched on', async () => {
  const relay = await startRelay();
  await relay.settled(1);
  await relay.expectWhole(troubled, sibling, neighbour);
  expect(relay.events.filter(({ level }) => level !== 'info')).toEqual([]);
});
