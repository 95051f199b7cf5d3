import { expect, test } from 'vitest';

import { RowConflict } from '../../../shared/state/table.ts';
import { offBoard } from '../../../shared/tenants/off-board.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { tenantOf, withTenants } from '../pipeline/cycle-fixture.ts';
import { meddledTables } from '../pipeline/meddled-tables.ts';
import { change, told } from './operator.ts';

type Act = (pipeline: TestPipeline) => Promise<unknown>;

const actions: [string, Act, RegExp][] = [
  ['pause', (pipeline) => change(pipeline, { paused: true }), /^Alex: Paused\.$/],
  ['rename', (pipeline) => change(pipeline, { name: 'Newer' }), /^Alex: Renamed from/],
  ['off-board', (pipeline) => offBoard(pipeline, tenantId, 'drain', 'Alex'), /^Alex: Off-boarding began/],
];

/** A double click: the second form is answered between the first one's read and its write. */
async function pressTwice(act: Act): Promise<TestPipeline> {
  let isSecond = false;
  const tables = meddledTables(createMemoryTables(), {
    before: async (call) => {
      if (call !== 'replace tenants' || isSecond) return;
      isSecond = true;
      await act(pipeline);
    },
  });
  const pipeline = await withTenants([{}], { tables });
  await act(pipeline);
  return pipeline;
}

test.each(actions)('a %s that is sent twice at once is told once', async (_what, act, sentence) => {
  const pipeline = await pressTwice(act);
  expect(await told(pipeline)).toEqual([expect.stringMatching(sentence)]);
});

test.each(actions)('a %s that is sent again later changes nothing and tells nothing', async (_what, act, sentence) => {
  const pipeline = await withTenants([{}]);
  await act(pipeline);
  const tenant = await pipeline.tenants.get(tenantId);
  await act(pipeline);
  expect(await pipeline.tenants.get(tenantId)).toEqual(tenant);
  expect(await told(pipeline)).toEqual([expect.stringMatching(sentence)]);
});

test('a change whose answer got lost is told although others made theirs before it was looked for', async () => {
  const state = { isLost: true };
  const tables = meddledTables(createMemoryTables(), {
    after: async (call) => {
      if (call !== 'replace tenants' || !state.isLost) return;
      state.isLost = false;
      for (const name of ['One', 'Two', 'Three']) await change(pipeline, { name });
      throw new RowConflict('The client library tried again, and met its own write.');
    },
  });
  const pipeline = await withTenants([{}], { tables });
  await change(pipeline, { paused: true });
  expect(await told(pipeline)).toContain('Alex: Paused.');
  expect((await told(pipeline)).length).toBe(4);
});

test('the marks of changes do not pile up', async () => {
  const pipeline = await withTenants([{}]);
  for (let n = 0; n < 20; n += 1) await change(pipeline, { name: `Name ${n}` });
  expect((await tenantOf(pipeline))?.changeMarks).toHaveLength(4);
});
