import { describe, expect, test } from 'vitest';

import type { Pipeline } from '../../../shared/pipeline/pipeline.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { createStores } from '../../../shared/state/stores.ts';
import { RowConflict, StorageError } from '../../../shared/state/table.ts';
import { tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { parkedRecord, parkRecords, save } from './closing-fixture.ts';
import { comeBetween } from './come-between.ts';
import { minute } from './cycle-fixture.ts';
import { createFaultyStorage, type FaultMode } from './faulty-storage.ts';
import { isHere, leaving, stops } from './leaving-fixture.ts';
import { changeRows, rowsOf } from './listing-fixture.ts';

const leavings = ['drain', 'drop'] as const;

/** A tenant that leaves with everything there is to leave behind: contents, a saved body, a parked record, a history. */
async function scene(queue: (typeof leavings)[number]): Promise<TestPipeline> {
  const pipeline = await leaving(2, queue);
  await parkRecords(pipeline, { saved: true }, parkedRecord());
  await save(pipeline, 3);
  if (queue === 'drain') await changeRows(pipeline, { state: 'parked', owed: ['soc'] });
  return pipeline;
}

/** Whatever was done so far, it was done in the order that was promised. */
async function expectInOrder(pipeline: TestPipeline): Promise<void> {
  const feeds = (await pipeline.feeds.all()).map(({ value }) => value);
  const [entry] = await pipeline.history.ofTenant(tenantId, 1);
  const rows = await rowsOf(pipeline);
  const { calls } = pipeline.api;
  if (!(await isHere(pipeline))) expect([feeds, entry]).toEqual([[], undefined]);
  if (feeds.length < stops.length) expect(calls).toEqual(expect.arrayContaining(stops));
  for (const { state, contentType } of feeds) if (state === 'stopped') expect(calls).toContain(`stop ${contentType}`);
  if (calls.length > 0) expect(rows.every(({ state }) => state === 'lost' || state === 'parked')).toBe(true);
}

async function expectGone(pipeline: TestPipeline, queue: (typeof leavings)[number]): Promise<void> {
  expect(await isHere(pipeline)).toBe(false);
  expect(await pipeline.feeds.all()).toEqual([]);
  expect(await pipeline.history.ofTenant(tenantId, 1)).toEqual([]);
  expect(pipeline.api.subscriptions.has('Audit.Exchange')).toBe(false);
  expect(new Set(pipeline.api.calls)).toEqual(new Set(stops));
  const state = queue === 'drop' ? 'lost' : 'parked';
  expect(await rowsOf(pipeline)).toMatchObject([{ state }, { state }]);
  expect(pipeline.saved.bodies.size).toBe(queue === 'drop' ? 0 : 2);
}

const orFails = async (cycle: Promise<void>): Promise<void> => {
  await cycle.catch((error: unknown) => {
    if (!(error instanceof StorageError || error instanceof RowConflict)) throw error;
  });
};

describe.each(leavings)('storage that fails while a tenant leaves with %s', (queue) => {
  test.each(['before', 'after', 'down'] satisfies FaultMode[])('at any write, %s', async (mode) => {
    let writes = Infinity;
    for (let number = 1; number <= writes; number += 1) {
      const pipeline = await scene(queue);
      const storage = createFaultyStorage(pipeline.tables);
      const faulty: Pipeline = { ...pipeline, ...createStores(storage.tables) };
      storage.arm(number, mode);
      await orFails(listCycle(faulty));
      if (storage.writes.length < number) writes = 0;
      await expectInOrder(pipeline);
      storage.heal();
      // What Close did not come to do, it does in the next round at the latest.
      for (let cycle = 0; cycle < 6; cycle += 1) {
        pipeline.clock.advance(2 * minute);
        await listCycle(faulty);
        await expectInOrder(pipeline);
      }
      await expectGone(pipeline, queue);
    }
    expect(writes).toBe(0);
  });
});

describe.each(leavings)('two listers at a tenant that leaves with %s', (queue) => {
  test('do no harm, wherever one of them comes between', () =>
    comeBetween({
      scene: () => scene(queue),
      one: (pipeline) => orFails(listCycle(pipeline)),
      async other(pipeline) {
        await listCycle(pipeline);
        await expectInOrder(pipeline);
      },
      async after(pipeline) {
        await expectInOrder(pipeline);
        for (let cycle = 0; cycle < 6; cycle += 1) await listCycle(pipeline);
        await expectGone(pipeline, queue);
      },
    }));
});
