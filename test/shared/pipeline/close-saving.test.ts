import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { listParked } from '../../../shared/pipeline/parked.ts';
import { replayParked } from '../../../shared/pipeline/replay-parked.ts';
import type { LedgerContent } from '../../../shared/state/ledger-row.ts';
import type { TestPipeline } from '../../support/test-pipeline.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { byKey } from '../../../shared/tenants/note-history.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import {
  changeTenant,
  contentId,
  listed,
  markDown,
  parkedRecord,
  parkRecords,
  place,
  recordStates,
  save,
} from './closing-fixture.ts';
import { eventsOf } from './cycle-fixture.ts';
import { batchesIn, changeRows, close, emptyQueue, hours, hourStart, queuedIds, rowsOf } from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

const expires = hourStart + hours(24 * 7);

/** Moves the clock to so long before the expiry of the first content. */
const moveTo = (pipeline: TestPipeline, beforeExpiry: number): void => {
  pipeline.clock.advance(expires - beforeExpiry - pipeline.clock.now());
};

describe('a row that is not saved and near its expiry', () => {
  const waiting: Partial<LedgerContent> = { state: 'waiting' };
  const parked: Partial<LedgerContent> = { state: 'parked', failures: 5, reason: 'It failed five times.' };

  test.each([
    ['waits', waiting, 'queued', 0.25],
    // Nobody knows whether its message is lost or only late, so that the pause doubles.
    ['is parked', parked, 'parked', 2],
  ])('is sent to be saved if it %s, and again after a pause', async (_name, change, state, pause) => {
    const pipeline = await listed(1);
    await changeRows(pipeline, change);
    await markDown(pipeline);
    moveTo(pipeline, hours(24) + 1);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
    pipeline.clock.advance(1);
    await close(pipeline);
    expect(batchesIn(pipeline.queue)).toMatchObject([{ attempt: 2, contents: [{ id: contentId }] }]);
    expect(await rowsOf(pipeline)).toMatchObject([{ state, attempt: 2, due: pipeline.clock.now() }]);
    emptyQueue(pipeline.queue);
    pipeline.clock.advance(hours(pause) - 1);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
    pipeline.clock.advance(1);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([contentId]);
  });

  test('is sent once if its destination is up besides, and so are its neighbours', async () => {
    const pipeline = await listed(2);
    await changeRows(pipeline, waiting);
    moveTo(pipeline, hours(24));
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([contentId, 'content-0001']);
    expect(await rowsOf(pipeline)).toMatchObject(Array(2).fill({ state: 'queued', attempt: 2 }));
  });

  test('is not missed if it was parked in its last hour', async () => {
    const pipeline = await listed(1);
    moveTo(pipeline, hours(1));
    await changeRows(pipeline, { ...parked, due: pipeline.clock.now() });
    pipeline.clock.advance(hours(0.5) - 1);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
    pipeline.clock.advance(1);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([contentId]);
  });

  test.each([
    ['is saved', { state: 'waiting', saved: true }],
    ['is parked and saved', { ...parked, saved: true }],
    ['is parked only for its records', { state: 'parked', owed: [] }],
    ['is delivered', { state: 'delivered', owed: [] }],
    ['is in a worker’s hands', { state: 'waiting', hold: { by: 'm1/1', until: expires, alone: true } }],
  ] as const)('is left alone if it %s', async (_name, change) => {
    const pipeline = await listed(1);
    await parkRecords(pipeline, change, parkedRecord());
    await markDown(pipeline);
    moveTo(pipeline, hours(1));
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
  });

  test('and queued is sent again as it is, after growing pauses and at least every four hours: its first message still counts', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { attempt: 3, due: expires - hours(24) });
    moveTo(pipeline, hours(24));
    const sent: number[] = [];
    for (let n = 0; n < 24; n += 1) {
      emptyQueue(pipeline.queue);
      await close(pipeline);
      for (const { attempt } of batchesIn(pipeline.queue)) {
        expect(attempt).toBe(3);
        sent.push(n);
      }
      pipeline.clock.advance(hours(1));
    }
    expect(sent).toEqual([1, 2, 3, 5, 9, 13, 17, 21]);
  });
});

test('a queue that is days behind gets few copies of a content', async () => {
  const pipeline = await listed(1);
  for (let n = 0; n < 24 * 5; n += 1) {
    pipeline.clock.advance(hours(1));
    await close(pipeline);
  }
  expect(queuedIds(pipeline.queue)).toHaveLength(8);
});

describe('past its expiry', () => {
  test('a saved row is not lost, whatever its state', async () => {
    const pipeline = await listed(1);
    await markDown(pipeline);
    for (const state of ['waiting', 'queued', 'parked'] as const) {
      await changeRows(pipeline, { state, saved: true });
      moveTo(pipeline, -hours(24 * 4));
      await close(pipeline);
      expect(await rowsOf(pipeline)).toMatchObject([{ state, saved: true }]);
    }
  });

  test('a row that only sends records again is not lost', async () => {
    const pipeline = await listed(1);
    await parkRecords(pipeline, { state: 'queued', owed: [] }, parkedRecord({ state: 'queued' }));
    moveTo(pipeline, 0);
    await close(pipeline);
    expect((await rowsOf(pipeline))[0]?.state).toBe('queued');
  });

  test('a content leaves its records behind, parked, with what was saved of them', async () => {
    const pipeline = await listed(1, { destinations: ['soc', 'siem'] });
    await parkRecords(
      pipeline,
      { state: 'waiting', owed: ['soc'] },
      parkedRecord({ destination: 'siem' }),
      parkedRecord({ ordinal: 4, state: 'delivered' }),
      parkedRecord({ ordinal: 5, state: 'refused', destination: 'soc' }),
    );
    await save(pipeline, 3, 5);
    const before = await listParked(pipeline);
    moveTo(pipeline, 0);
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'lost', owed: ['soc'], records: { parked: 2 } }]);
    expect(await recordStates(pipeline)).toEqual(['parked', 'delivered', 'parked']);
    expect(await listParked(pipeline)).toMatchObject([...before, { ...before[0] }]);
    expect(await pipeline.saved.openRecord(place, 3)).toBeDefined();
    expect(await pipeline.openHours.all()).toHaveLength(1);
    expect(eventsOf(pipeline, 'contents-lost')).toHaveLength(1);
  });

  test('a content whose record was replayed ends when that has arrived', async () => {
    const pipeline = await listed(1, { destinations: ['soc', 'siem'] });
    await parkRecords(
      pipeline,
      { state: 'queued', owed: ['soc'] },
      parkedRecord({ state: 'queued', destination: 'siem' }),
    );
    moveTo(pipeline, 0);
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'queued' }]);
    await parkRecords(pipeline, {}, parkedRecord({ state: 'delivered', destination: 'siem' }));
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'lost' }]);
  });

  test('records of a content that a worker gave up are parked', async () => {
    const pipeline = await listed(1);
    const given = parkedRecord({ state: 'refused', destination: 'soc' });
    await parkRecords(pipeline, { state: 'lost', reason: 'The API does not know it.' }, given);
    await save(pipeline, 3);
    await close(pipeline);
    expect(await recordStates(pipeline)).toEqual(['parked']);
    expect(await rowsOf(pipeline)).toMatchObject([
      { state: 'lost', reason: 'The API does not know it.', records: { parked: 1 } },
    ]);
    expect(await pipeline.openHours.all()).toHaveLength(1);
    expect(eventsOf(pipeline, 'contents-lost')).toEqual([]);
  });

  test('records of a lost content are lost with their tenant, or their destination', async () => {
    for (const gone of ['tenant', 'destination']) {
      const pipeline = await listed(1);
      await parkRecords(pipeline, { state: 'lost' }, parkedRecord({ destination: gone === 'tenant' ? 'soc' : 'siem' }));
      if (gone === 'tenant') await changeTenant(pipeline, { leaving: 'drop' });
      await save(pipeline, 3);
      pipeline.clock.advance(2 * hourMs);
      await close(pipeline);
      expect(await recordStates(pipeline)).toEqual(['lost']);
      expect([...pipeline.saved.bodies]).toEqual([]);
      expect(await pipeline.openHours.all()).toEqual([]);
    }
  });
});

test('a replay that was cut in the middle leaves records that are parked again, and can be replayed', async () => {
  let isBroken = false;
  let transactions = 0;
  const tables = meddledTables(createMemoryTables(), {
    before: (call) => {
      if (isBroken && call.startsWith('transact ledger') && (transactions += 1) === 2) {
        throw new StorageError('The table did not answer; try again.');
      }
    },
  });
  const pipeline = await listed(1, { tables });
  const records = Array.from({ length: 150 }, (_none, ordinal) => parkedRecord({ ordinal, destination: 'soc' }));
  await parkRecords(pipeline, { state: 'parked', owed: [] }, ...records);
  isBroken = true;
  await expect(replayParked(pipeline, {}, byKey)).rejects.toBeInstanceOf(StorageError);
  isBroken = false;
  expect(new Set(await recordStates(pipeline))).toEqual(new Set(['queued', 'parked']));
  await close(pipeline);
  expect(await listParked(pipeline)).toHaveLength(150);
  expect(await replayParked(pipeline, {}, byKey)).toBe(1);
  expect(new Set(await recordStates(pipeline))).toEqual(new Set(['queued']));
  expect(queuedIds(pipeline.queue)).toEqual([contentId]);
});

describe('what was saved', () => {
  test('is swept when nobody owes it any more: a death came between the settle and the removal', async () => {
    const pipeline = await listed(1);
    await parkRecords(pipeline, { state: 'delivered', owed: [], saved: true }, parkedRecord({ state: 'delivered' }));
    await save(pipeline, 3);
    await close(pipeline);
    expect([...pipeline.saved.bodies]).toEqual([]);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'delivered', saved: false }]);
    expect(await pipeline.openHours.all()).toEqual([]);
  });

  test('of a content that is parked only for its records is these records', async () => {
    const pipeline = await listed(1);
    await parkRecords(pipeline, { state: 'parked', owed: [], saved: true }, parkedRecord());
    await save(pipeline, 3);
    await close(pipeline);
    expect([...pipeline.saved.bodies.keys()].map((name) => name.split('/').at(-1))).toEqual(['3']);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'parked', saved: false, hasRecordRows: true }]);
  });

  test('of a record stays as long as its row is parked, whatever its content says, and keeps the hour open', async () => {
    const pipeline = await listed(1);
    await parkRecords(pipeline, { state: 'delivered', owed: [] }, parkedRecord());
    await save(pipeline, 3);
    await close(pipeline);
    expect(pipeline.saved.bodies.size).toBe(2);
    expect(await pipeline.openHours.all()).toHaveLength(1);
  });

  test('stays as long as anything is owed or parked', async () => {
    const pipeline = await listed(1);
    await markDown(pipeline);
    await save(pipeline, 3);
    for (const state of ['waiting', 'queued', 'parked'] as const) {
      await parkRecords(pipeline, { state, owed: ['soc'], saved: true }, parkedRecord());
      await close(pipeline);
      expect(pipeline.saved.bodies.size).toBe(2);
    }
  });
});
