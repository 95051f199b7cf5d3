import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { replayParked } from '../../../shared/pipeline/replay-parked.ts';
import { byKey } from '../../../shared/tenants/note-history.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { cycles, feedOf, tenantOf } from '../pipeline/cycle-fixture.ts';
import { forwardAll, record } from '../pipeline/forwarding.ts';
import { type StoredColumns, toRow } from './stored-columns.ts';

/**
 * What version 0.1.0 had in its tables and its queue when it was replaced in the middle of its work: one content
 * delivered, one parked, one queued while its destination was down. Tables and messages may only grow.
 */
interface Left {
  readonly now: string;
  readonly messages: readonly object[];
  readonly tables: Readonly<Record<string, readonly StoredColumns[]>>;
}

const left = JSON.parse(await readFile(join(import.meta.dirname, 'rows-of-0.1.0.json'), 'utf8')) as Left;

/** @param more what a later version would add to every row and message */
async function takeOver(more: Readonly<Record<string, string>>): Promise<TestPipeline> {
  const tables = createMemoryTables();
  for (const [name, rows] of Object.entries(left.tables)) {
    for (const row of rows) await tables.table(name).insert({ ...toRow(row), ...more });
  }
  const pipeline = createTestPipeline({ tables, start: left.now });
  const at = (time: string): number => Date.parse(`2026-11-22T${time}:00Z`);
  pipeline.api.offer('Audit.Exchange', 'delivered', at('09:10'), [record('1'), record('2')]);
  pipeline.api.offer('Audit.Exchange', 'parked', at('09:20'), [record('3')]);
  pipeline.api.offer('Audit.Exchange', 'queued', at('10:10'), [record('4')]);
  for (const message of left.messages) await pipeline.queue.send(JSON.stringify({ ...message, ...more }), 0);
  return pipeline;
}

it.each([
  ['of 0.1.0', {}],
  ['of a later version, with more columns', { aColumnOfLater: 'x' }],
])('rows and messages %s are carried on with: nothing is lost, nothing comes twice', async (_of, more) => {
  const pipeline = await takeOver(more);
  for (let round = 0; round < 10; round += 1) {
    await forwardAll(pipeline);
    await cycles(pipeline, 1);
  }
  expect(await tenantOf(pipeline)).toMatchObject({ name: 'Example Customer', state: 'active' });
  expect(await feedOf(pipeline)).toMatchObject({ state: 'active', openContents: 0 });
  expect(pipeline.destinations[0]?.received().map((text) => (JSON.parse(text) as { Id: string }).Id)).toEqual(['4']);

  await replayParked(pipeline, {}, byKey);
  await forwardAll(pipeline);
  expect(pipeline.destinations[0]?.received().map((text) => (JSON.parse(text) as { Id: string }).Id)).toEqual([
    '4',
    '3',
  ]);
});
