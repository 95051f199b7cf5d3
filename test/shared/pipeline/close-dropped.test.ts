import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { listHour } from '../../../shared/pipeline/list-hour.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { changeTenant, contentId, listed, parkedRecord, parkRecords, recordStates, save } from './closing-fixture.ts';
import { eventsOf } from './cycle-fixture.ts';
import { changeRows, close, emptyQueue, feed, hour, never, offer, queuedIds, rowsOf } from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

const leave = (pipeline: TestPipeline, how: 'drain' | 'drop' = 'drop') =>
  changeTenant(pipeline, { state: 'leaving', leaving: how });

describe('a tenant that leaves with drop', () => {
  test('has its rows settled as lost, its saved bodies deleted and its hashes cleared, within a cycle', async () => {
    const pipeline = await listed(3);
    await pipeline.feeds.insert({ ...newFeed(feed), state: 'active' });
    const { contents } = await pipeline.ledger.hour(feed, hour);
    const states = ['queued', 'parked', 'delivered'] as const;
    await pipeline.ledger.replace(
      feed,
      hour,
      contents.map(({ value, etag }, index) => ({
        value: { ...value, state: states[index] ?? 'queued', owed: index === 2 ? [] : ['soc'], saved: index === 0 },
        etag,
      })),
    );
    await save(pipeline);
    await leave(pipeline);
    // The first cycle is not one that looks at everything.
    await listCycle(pipeline);
    const reason = 'off-boarded';
    expect(await rowsOf(pipeline)).toMatchObject([
      { state: 'lost', reason, saved: false, settledAt: pipeline.clock.now() },
      { state: 'lost', reason },
      { state: 'delivered', reason: undefined },
    ]);
    expect(pipeline.saved.bodies.size).toBe(0);
    expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({
      hash: undefined,
      open: false,
      sums: { contents: { delivered: 1, lost: 2 } },
    });
    expect(await pipeline.openHours.all()).toEqual([]);
    expect(eventsOf(pipeline, 'contents-lost')).toMatchObject([{ fields: { contents: 2, reason } }]);
  });

  test('loses its parked records and their bytes too', async () => {
    const pipeline = await listed(1);
    await parkRecords(pipeline, { state: 'parked', owed: [] }, parkedRecord());
    await save(pipeline, 3);
    await leave(pipeline);
    await close(pipeline);
    expect(await recordStates(pipeline)).toEqual(['lost']);
    expect(pipeline.saved.bodies.size).toBe(0);
  });

  test('keeps what a worker has in hand until it lets go', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { hold: { by: 'm1/1', until: pipeline.clock.now() + 1, alone: true } });
    await leave(pipeline);
    await close(pipeline);
    expect((await rowsOf(pipeline))[0]?.state).toBe('queued');
    expect(await pipeline.openHours.all()).toHaveLength(1);
    // Whatever comes between, the hour is listed again if the tenant is added again.
    expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({ hash: undefined, open: true });
    pipeline.clock.advance(1);
    await close(pipeline);
    expect((await rowsOf(pipeline))[0]?.state).toBe('lost');
  });

  test('that is added again has it all queued again, as a new attempt', async () => {
    const pipeline = await listed(2);
    await leave(pipeline);
    await close(pipeline);
    await changeTenant(pipeline, { state: 'active', leaving: undefined });
    await listHour(pipeline, activeTenant(), feed, hour, never);
    expect(queuedIds(pipeline.queue)).toEqual([contentId, 'content-0001']);
    expect(await rowsOf(pipeline)).toMatchObject(Array(2).fill({ state: 'queued', attempt: 2 }));
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject(Array(2).fill({ state: 'queued' }));
  });

  test('while a lister is in the middle of the hour keeps it in the index, so that nothing it inserts is forgotten', async () => {
    const tables = createMemoryTables();
    const other = createTestPipeline({ tables });
    let meddle = false;
    const pipeline = await listed(1, {
      tables: meddledTables(tables, {
        before: async (call) => {
          if (!meddle || !call.startsWith('query ledger')) return;
          meddle = false;
          await close(other);
        },
      }),
    });
    await leave(pipeline);
    offer(pipeline, 2);
    meddle = true;
    await listHour(pipeline, activeTenant(), feed, hour, never);
    expect(meddle).toBe(false);
    // The lister took up again what it saw dropped.
    expect((await rowsOf(pipeline)).map(({ state }) => state)).toEqual(['queued', 'queued']);
    expect(await pipeline.openHours.all()).toHaveLength(1);
    await close(pipeline);
    expect((await rowsOf(pipeline)).map(({ state }) => state)).toEqual(['lost', 'lost']);
  });
});

test('an hour whose Close was cut short after it had cleared the hash is closed by the next one', async () => {
  const pipeline = await listed(1);
  await leave(pipeline);
  await changeRows(pipeline, { saved: true });
  let failures = 1;
  const forgetAll: typeof pipeline.saved.forgetAll = (place) => {
    failures -= 1;
    return failures >= 0 ? Promise.reject(new StorageError('Storage is down.')) : pipeline.saved.forgetAll(place);
  };
  await close({ ...pipeline, saved: { ...pipeline.saved, forgetAll } });
  expect(await pipeline.openHours.all()).toHaveLength(1);
  await close(pipeline);
  expect(await pipeline.openHours.all()).toEqual([]);
});

test('a tenant that leaves with drain is not dropped', async () => {
  const pipeline = await listed(1);
  await leave(pipeline, 'drain');
  await close(pipeline);
  expect((await rowsOf(pipeline))[0]?.state).toBe('queued');
});

test('a tenant that is gone from the table is dropped', async () => {
  const pipeline = createTestPipeline();
  offer(pipeline, 1);
  await listHour(pipeline, activeTenant(), feed, hour, never);
  emptyQueue(pipeline.queue);
  await close(pipeline);
  expect(await rowsOf(pipeline)).toMatchObject([{ state: 'lost', reason: 'off-boarded' }]);
});

test('a tenant that was added while Close was at work is not dropped', async () => {
  const tables = createMemoryTables();
  const operator = createTestPipeline({ tables });
  const pipeline = createTestPipeline({
    tables: meddledTables(tables, {
      before: async (call) => {
        if (call === 'get hours202611' && (await operator.tenants.all()).length === 0)
          await operator.tenants.insert(activeTenant());
      },
    }),
  });
  offer(operator, 1);
  operator.api.contents.forEach((content) => pipeline.api.contents.push(content));
  await listHour(operator, activeTenant(), feed, hour, never);
  await close(pipeline);
  expect((await rowsOf(pipeline))[0]?.state).toBe('queued');
});

describe('a destination that is no longer configured', () => {
  const records = { delivered: 3, duplicates: 0, parked: 0 };

  /** As `listed`, over an hour ago. */
  async function listedBefore(contents: number): Promise<TestPipeline> {
    const pipeline = await listed(contents);
    pipeline.clock.advance(hourMs);
    await changeRows(pipeline, { due: pipeline.clock.now() });
    return pipeline;
  }

  test.each(['queued', 'waiting'] as const)(
    'is left alone for an hour if the content is %s: others may know it that were started with newer settings',
    async (state) => {
      const pipeline = await listed(1);
      await changeRows(pipeline, { state, owed: ['new'], due: pipeline.clock.now() + hourMs });
      pipeline.clock.advance(hourMs - 1);
      await close(pipeline);
      expect(await rowsOf(pipeline)).toMatchObject([{ state, owed: ['new'] }]);
      expect(queuedIds(pipeline.queue)).toEqual([]);
      pipeline.clock.advance(1);
      await close(pipeline);
      expect(await rowsOf(pipeline)).toMatchObject([{ state: 'lost' }]);
    },
  );

  test('wakes what waits for it if it is configured here', async () => {
    const pipeline = await listed(1, { destinations: ['new'] });
    await changeRows(pipeline, { state: 'waiting' });
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([contentId]);
  });

  test('is struck off, and the others are still owed', async () => {
    const pipeline = await listedBefore(1);
    await changeRows(pipeline, { owed: ['soc', 'old'] });
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'queued', owed: ['soc'] }]);
    expect(eventsOf(pipeline, 'destinations-struck-off')).toMatchObject([{ level: 'warn', fields: { contents: 1 } }]);
  });

  test('and was the last one owed leaves the content delivered, if someone had it', async () => {
    const pipeline = await listedBefore(1);
    await changeRows(pipeline, { state: 'waiting', owed: ['old'], records });
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'delivered', owed: [], settledAt: pipeline.clock.now() }]);
    expect(await pipeline.openHours.all()).toEqual([]);
  });

  test('and was the only one ever leaves the content lost, with that reason', async () => {
    const pipeline = await listedBefore(1);
    await changeRows(pipeline, { owed: ['old', 'older'] });
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([
      { state: 'lost', reason: 'owed only to old and older, no longer configured; no destination ever had it' },
    ]);
    expect(eventsOf(pipeline, 'contents-lost')).toMatchObject([{ fields: { reason: 'destination-removed' } }]);
  });

  test('leaves the content parked if records of it are, at destinations that exist', async () => {
    const pipeline = await listedBefore(1);
    await parkRecords(
      pipeline,
      { owed: ['old'], records },
      parkedRecord({ destination: 'soc' }),
      parkedRecord({ destination: 'old', ordinal: 4 }),
    );
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([
      { state: 'parked', owed: [], reason: '1 of its records are parked' },
    ]);
    expect(await recordStates(pipeline)).toEqual(['parked', 'lost']);
  });

  test('takes the records along that are parked only for it', async () => {
    const pipeline = await listedBefore(1);
    const counted = { ...records, parked: 1 };
    await parkRecords(pipeline, { state: 'parked', owed: [], records: counted }, parkedRecord({ destination: 'old' }));
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'delivered', reason: undefined, records }]);
    expect(await recordStates(pipeline)).toEqual(['lost']);
  });

  test('does not end a content whose records are on their way again', async () => {
    const pipeline = await listedBefore(1);
    await parkRecords(pipeline, { owed: ['old'], records }, parkedRecord({ state: 'queued' }));
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'queued', owed: [] }]);
  });

  test('is not what an expired content is lost for', async () => {
    const pipeline = await listedBefore(2);
    const { contents } = await pipeline.ledger.hour(feed, hour);
    const owed = [['old'], ['old', 'soc']];
    await pipeline.ledger.replace(
      feed,
      hour,
      contents.map(({ value, etag }, index) => ({ value: { ...value, records, owed: owed[index] ?? [] }, etag })),
    );
    pipeline.clock.advance(8 * 86_400_000);
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([
      { state: 'delivered' },
      { state: 'lost', reason: 'expired at 2026-11-29T09:00:01.000Z before it reached soc' },
    ]);
  });
});
