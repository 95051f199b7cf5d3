import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { forgetOldMonths } from '../../../shared/pipeline/retention.ts';
import { RowConflict, StorageError } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import type { TestPipeline } from '../../support/test-pipeline.ts';
import { listed, parkedRecord, parkRecords, save } from './closing-fixture.ts';
import { cycles, eventsOf } from './cycle-fixture.ts';
import { changeRows, feed, hour, rowsOf } from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

const moveTo = (pipeline: TestPipeline, time: string): void => {
  pipeline.clock.advance(Date.parse(time) - pipeline.clock.now());
};

/** The retention of 30 days after the last hour of November. */
const end = '2026-12-31T00:00:00Z';

const monthly = async (pipeline: TestPipeline): Promise<string[]> =>
  (await pipeline.tables.names('')).filter((name) => /\d{6}$/.test(name));

describe('a month', () => {
  test('is dropped with its tables and saved bodies when its last hour is older than the retention', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    await pipeline.tables.table('seen202611').insert({ partitionKey: 'p', rowKey: 'r' });
    await pipeline.tables.table('seen202612').insert({ partitionKey: 'p', rowKey: 'r' });
    await save(pipeline);
    moveTo(pipeline, end);
    pipeline.clock.advance(-1);
    await forgetOldMonths(pipeline);
    expect(await monthly(pipeline)).toEqual(['hours202611', 'ledger202611', 'seen202611', 'seen202612']);
    pipeline.clock.advance(1);
    await forgetOldMonths(pipeline);
    expect(await monthly(pipeline)).toEqual(['seen202612']);
    expect(pipeline.saved.bodies.size).toBe(0);
    expect(await pipeline.openHours.all()).toEqual([]);
    expect(eventsOf(pipeline, 'month-forgotten')).toMatchObject([{ fields: { month: '202611' } }]);
    expect(eventsOf(pipeline, 'contents-lost')).toEqual([]);
  });

  test('has what is still open in it lost first, with that reason', async () => {
    const tables = createMemoryTables();
    const dropped: unknown[] = [];
    const made: { pipeline?: TestPipeline } = {};
    const drop = async (name: string): Promise<void> => {
      if (made.pipeline && name === 'ledger202611') dropped.push(...(await rowsOf(made.pipeline)));
      await tables.drop(name);
    };
    const pipeline = await listed(3, { tables: { ...tables, drop } });
    made.pipeline = pipeline;
    await parkRecords(pipeline, { state: 'waiting', saved: true }, parkedRecord());
    moveTo(pipeline, end);
    await forgetOldMonths(pipeline);
    const reason = 'it was kept for RETENTION_DAYS (30) and could not be delivered';
    expect(dropped).toMatchObject(Array(3).fill({ state: 'lost', reason }));
    expect(eventsOf(pipeline, 'contents-lost')).toMatchObject([{ fields: { ...feed, hour, contents: 3, reason } }]);
  });

  test('that could not be dropped is dropped the next time', async () => {
    const error = new StorageError('The table ledger202611 is still being deleted; try again in a minute.');
    let broken = true;
    const tables = createMemoryTables();
    const drop = async (name: string): Promise<void> => {
      if (broken && name === 'ledger202611') throw error;
      await tables.drop(name);
    };
    const pipeline = await listed(1, { tables: { ...tables, drop } });
    moveTo(pipeline, end);
    await expect(forgetOldMonths(pipeline)).rejects.toBe(error);
    broken = false;
    await forgetOldMonths(pipeline);
    expect(await monthly(pipeline)).toEqual([]);
  });

  test.each([
    [1, 'its hour is given up again, and what is lost is said'],
    [Infinity, 'it is left for the next time when that does not end'],
  ])('of which a row is written meanwhile, %s times: %s', async (times) => {
    let left = 0;
    const pipeline = await listed(3, {
      tables: meddledTables(createMemoryTables(), {
        before: async (call) => {
          if (left <= 0 || !call.startsWith('transact')) return;
          const others = left - 1;
          left = 0;
          await changeRows(pipeline, { failures: 1 });
          left = others;
        },
      }),
    });
    left = times;
    moveTo(pipeline, end);
    const forgotten = forgetOldMonths(pipeline);
    if (times === 1) await forgotten;
    else await expect(forgotten).rejects.toBeInstanceOf(RowConflict);
    left = 0;
    expect(await monthly(pipeline)).toHaveLength(times === 1 ? 0 : 2);
    expect(eventsOf(pipeline, 'contents-lost').map(({ fields }) => fields['contents'])).toEqual(times === 1 ? [3] : []);
    await forgetOldMonths(pipeline);
    expect(await monthly(pipeline)).toEqual([]);
    expect(eventsOf(pipeline, 'contents-lost')).toHaveLength(1);
  });
});

describe('a cycle', () => {
  test('looks at the months now and then, not every time', async () => {
    let asked = 0;
    const tables = createMemoryTables();
    const names = (prefix: string): Promise<string[]> => {
      asked += 1;
      return tables.names(prefix);
    };
    const pipeline = await listed(1, { tables: { ...tables, names } });
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    moveTo(pipeline, end);
    await cycles(pipeline, 60);
    expect(asked).toBe(2);
    expect(await monthly(pipeline)).not.toContain('ledger202611');
  });

  test('that cannot forget says so when all else was done', async () => {
    const error = new StorageError('The list of tables did not answer in time; try again.');
    const tables = createMemoryTables();
    const pipeline = await listed(1, { tables: { ...tables, names: () => Promise.reject(error) } });
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    await cycles(pipeline, 59, hourMs / 60);
    await expect(listCycle(pipeline)).rejects.toBe(error);
    expect(await pipeline.openHours.all()).toEqual([]);
  });
});
