import { expect, test } from 'vitest';

import { createHeldRows } from '../../../shared/pipeline/held-rows.ts';
import type { Pipeline } from '../../../shared/pipeline/pipeline.ts';
import { afterDelivery } from '../../../shared/pipeline/settling.ts';
import { RowConflict } from '../../../shared/state/table.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import {
  feed,
  forward,
  hour,
  list,
  listedContent,
  messagesOf,
  receivedIds,
  record,
  recordStates,
  rowOf,
} from './forwarding.ts';

/** Another writer changes the row right before this worker's writes `first` to `last` (counted from 1). */
function disturbed(
  pipeline: TestPipeline,
  [first, last]: readonly [number, number],
  disturb: () => Promise<unknown>,
): Pipeline {
  const { ledger } = pipeline;
  let writes = 0;
  const replace: typeof ledger.replace = async (...change) => {
    writes += 1;
    if (writes >= first && writes <= last) await disturb();
    return await ledger.replace(...change);
  };
  return { ...pipeline, ledger: { ...ledger, replace } };
}

/** Writes the row as it is, which gives it another etag. */
async function touch({ ledger }: TestPipeline, id: string): Promise<void> {
  const row = (await ledger.contents(feed, hour, [id])).get(id);
  if (row) await ledger.replace(feed, hour, [row]);
}

test('two workers that take at the same moment: one gets the content, the other leaves it', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const late = disturbed(pipeline, [1, 1], () => forward(pipeline, batch, { messageId: 'other' }));

  await forward(late, batch);

  expect(receivedIds(pipeline)).toEqual(['a-1']);
  expect(messagesOf(pipeline)).toEqual([]);
});

test('of a batch only the contents that another took meanwhile are left out', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
  const other = { ...batch, contents: batch.contents.slice(0, 1) };
  const late = disturbed(pipeline, [1, 1], () => forward(pipeline, other, { messageId: 'other' }));

  await forward(late, batch);

  expect(receivedIds(pipeline)).toEqual(['a-1', 'b-1']);
});

test('a settling meets another writer: read again and written', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);

  await forward(
    disturbed(pipeline, [2, 4], () => touch(pipeline, 'a')),
    batch,
  );

  for (const id of ['a', 'b']) expect((await rowOf(pipeline, id)).state).toBe('delivered');
});

test.each([
  ['taking', [1, 5]],
  ['settling', [2, 11]],
] as const)('others that keep coming between at %s end the handler, with the hold released', async (_name, range) => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);

  await expect(
    forward(
      disturbed(pipeline, range, () => touch(pipeline, 'a')),
      batch,
    ),
  ).rejects.toBeInstanceOf(RowConflict);

  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', hold: undefined });
  expect(messagesOf(pipeline)).toEqual([]);
});

test('a row that is gone meanwhile, its month dropped, is left alone', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);

  await forward(
    disturbed(pipeline, [2, 2], () => pipeline.tables.drop('ledger202611')),
    batch,
  );

  expect((await pipeline.ledger.hour(feed, hour)).contents).toEqual([]);
  expect(messagesOf(pipeline)).toEqual([]);
});

test('a settling meets another worker that parked a record of the content: it is parked for it, and counted', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), record('2')])]);
  const about = { contentId: 'a', destination: 'soc', ordinal: 1, recordId: '2', reason: 'No such field.' };
  const parkOne = async ({ ledger }: TestPipeline): Promise<void> => {
    const row = (await ledger.contents(feed, hour, ['a'])).get('a');
    if (row === undefined) return;
    const value = { ...row.value, hasRecordRows: true };
    const parkedRecords = [{ ...about, state: 'parked' as const, firstSeen: 0 }];
    await ledger.replace(feed, hour, [{ ...row, value, parkedRecords }]);
  };

  await forward(
    disturbed(pipeline, [2, 2], () => parkOne(pipeline)),
    batch,
  );

  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'parked', hasRecordRows: true, records: { parked: 1 } });
  expect(await recordStates(pipeline)).toEqual(['1 soc parked']);
});

test('a replay whose write was done although a conflict was reported is counted once', async () => {
  const pipeline = createTestPipeline();
  const records = { delivered: 5, duplicates: 0, parked: 1 };
  await list(pipeline, [listedContent(pipeline, 'a', [], { owed: [], records, hasRecordRows: true })]);
  const about = {
    contentId: 'a',
    destination: 'soc',
    ordinal: 1,
    recordId: '2',
    reason: 'No such field.',
    firstSeen: 0,
  };
  const before = (await pipeline.ledger.contents(feed, hour, ['a'])).get('a');
  if (before === undefined) throw new Error('unreachable');
  await pipeline.ledger.replace(feed, hour, [{ ...before, parkedRecords: [{ ...about, state: 'queued' }] }]);
  let writes = 0;
  const replace: typeof pipeline.ledger.replace = async (...change) => {
    const etags = await pipeline.ledger.replace(...change);
    writes += 1;
    if (writes === 1) throw new RowConflict('The second try of one that was done.');
    return etags;
  };
  const taken = await pipeline.ledger.contents(feed, hour, ['a']);
  const place = { feed, hour, by: 'm1/1' };
  const rows = createHeldRows({ clock: pipeline.clock, ledger: { ...pipeline.ledger, replace } }, place, taken);
  await rows.readRecords();

  const replayed = { changed: [{ ...about, state: 'delivered' as const }], repeated: new Set<number>() };
  const at = { by: 'm1/1', configured: new Set(['soc']), now: pipeline.clock.now(), isDown: () => false };
  await rows.write([afterDelivery('a', { fetched: undefined, replayed }, at)]);

  const counts = { delivered: 6, duplicates: 0, parked: 0 };
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', records: counts });
});
