import { expect, test } from 'vitest';

import type { LedgerContent } from '../../../shared/state/ledger-row.ts';
import { StorageError, type Tables } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { finish, forward, list, listedContent, receivedIds, record, rowOf, turn } from './forwarding.ts';

/** Two contents with a record in common, and the workers of two processes. */
async function prepare(tables: Tables = createMemoryTables()) {
  const first = createTestPipeline({ tables });
  const second: TestPipeline = { ...createTestPipeline({ tables }), clock: first.clock, api: first.api };
  const contents = [
    listedContent(first, 'a', [record('1'), record('both')]),
    listedContent(first, 'b', [record('both'), record('2')]),
  ];
  const batch = await list(first, contents);
  const only = (id: string) => ({ ...batch, contents: batch.contents.filter((content) => content.id === id) });
  return { first, second, a: only('a'), b: only('b') };
}

const countsOf = ({ state, records }: LedgerContent) => ({ state, ...records });

test('what one worker delivered the other drops, and both rows say what came of their records', async () => {
  const { first, second, a, b } = await prepare();
  await finish(first.clock, forward(first, a));
  await finish(first.clock, forward(second, b, { messageId: 'm2' }));
  expect(receivedIds(first)).toEqual(['1', 'both']);
  expect(receivedIds(second)).toEqual(['2']);
  expect(countsOf(await rowOf(first, 'a'))).toEqual({ state: 'delivered', delivered: 2, duplicates: 0, parked: 0 });
  expect(countsOf(await rowOf(first, 'b'))).toEqual({ state: 'delivered', delivered: 1, duplicates: 1, parked: 0 });
});

test('two batches of one worker at the same moment deliver each record once', async () => {
  const { first, a, b } = await prepare();
  await finish(first.clock, Promise.all([forward(first, a), forward(first, b, { messageId: 'm2' })]));
  expect(receivedIds(first).toSorted()).toEqual(['1', '2', 'both']);
  const rows = [countsOf(await rowOf(first, 'a')), countsOf(await rowOf(first, 'b'))];
  expect(rows.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  expect(rows.map(({ delivered, duplicates }) => delivered + duplicates)).toEqual([2, 2]);
  expect(rows.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(1);
});

test('what a destination has and storage could not write down is not sent again, and is written down by the next try', async () => {
  const memory = createMemoryTables();
  let isDown = true;
  const tables: Tables = {
    ...memory,
    table(name) {
      const table = memory.table(name);
      const put: typeof table.put = (row) =>
        isDown ? Promise.reject(new StorageError(`The table ${name} is failing; try again.`)) : table.put(row);
      return name.startsWith('seen') ? { ...table, put } : table;
    },
  };
  const { first, second, a, b } = await prepare(tables);
  await expect(finish(first.clock, forward(first, a))).rejects.toBeInstanceOf(StorageError);
  isDown = false;
  await finish(first.clock, forward(first, a, { dequeueCount: 2 }));
  expect(receivedIds(first)).toEqual(['1', 'both']);
  expect(countsOf(await rowOf(first, 'a'))).toEqual({ state: 'delivered', delivered: 2, duplicates: 0, parked: 0 });
  // The second try sent nothing, and wrote down what the first could not: another worker knows as well.
  await finish(first.clock, forward(second, b, { messageId: 'm2' }));
  expect(receivedIds(second)).toEqual(['2']);
});

test('a batch that fails keeps what it has in flight to itself until the destination has answered', async () => {
  const memory = createMemoryTables();
  const tables: Tables = {
    ...memory,
    table(name) {
      const table = memory.table(name);
      const put: typeof table.put = (row) =>
        row.partitionKey.startsWith('soc_')
          ? Promise.reject(new StorageError(`The table ${name} is failing; try again.`))
          : table.put(row);
      return name.startsWith('seen') ? { ...table, put } : table;
    },
  };
  const pipeline = createTestPipeline({ tables, destinations: ['soc', 'lake'] });
  const contents = [listedContent(pipeline, 'a', [record('both')]), listedContent(pipeline, 'b', [record('both')])];
  const batch = await list(pipeline, contents);
  const only = (id: string) => ({ ...batch, contents: batch.contents.filter((content) => content.id === id) });
  const answered = Promise.withResolvers<undefined>();
  const lake = pipeline.destinations[1];
  if (lake === undefined) throw new Error('There is no lake.');
  const deliver = lake.deliver.bind(lake);
  lake.deliver = async (...request) => {
    await answered.promise;
    return deliver(...request);
  };
  const first = forward(pipeline, only('a'));
  void Promise.allSettled([first]);
  for (let turns = 0; turns < 50; turns += 1) await turn();
  const second = forward(pipeline, only('b'), { messageId: 'm2' });
  void Promise.allSettled([second]);
  for (let turns = 0; turns < 50; turns += 1) await turn();
  answered.resolve(undefined);
  await expect(finish(pipeline.clock, first)).rejects.toBeInstanceOf(StorageError);
  await finish(pipeline.clock, Promise.allSettled([second]));
  expect(receivedIds(pipeline, 1)).toEqual(['both']);
});
