import { describe, expect, test } from 'vitest';

import { RowConflict, StorageError } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import type { TestPipeline } from '../../support/test-pipeline.ts';
import { listed, parkedRecord } from '../pipeline/closing-fixture.ts';
import { changeRows, feed, hour } from '../pipeline/listing-fixture.ts';
import { meddledTables } from '../pipeline/meddled-tables.ts';

const many = Array.from({ length: 250 }, (_none, ordinal) => parkedRecord({ ordinal, destination: 'soc' }));

/** One content, and something that happens before the nth transaction from now on. */
async function withContent(): Promise<{ pipeline: TestPipeline; beforeTransaction: Map<number, () => Promise<void>> }> {
  const beforeTransaction = new Map<number, () => Promise<void>>();
  let count = 0;
  const tables = meddledTables(createMemoryTables(), {
    before: async (call) => {
      if (!call.startsWith('transact ledger') || beforeTransaction.size === 0) return;
      count += 1;
      const happens = beforeTransaction.get(count);
      beforeTransaction.delete(count);
      await happens?.();
    },
  });
  return { pipeline: await listed(1, { tables }), beforeTransaction };
}

/** Parks all the records of the content that was read before. */
async function park(pipeline: TestPipeline): Promise<void> {
  const { contents } = await pipeline.ledger.hour(feed, hour);
  const changes = contents.map(({ value, etag }) => ({
    value: { ...value, state: 'parked', owed: [], hasRecordRows: true } as const,
    etag,
    parkedRecords: many,
  }));
  const etags = await pipeline.ledger.replace(feed, hour, changes);
  const after = await pipeline.ledger.hour(feed, hour);
  expect(etags).toEqual(after.contents.map(({ etag }) => etag));
}

const asItIs = async (pipeline: TestPipeline) => {
  const { contents, parkedRecords } = await pipeline.ledger.hour(feed, hour);
  return { ...contents[0]?.value, rows: parkedRecords.length };
};

describe('more record rows than one transaction holds', () => {
  test('are written whole', async () => {
    const { pipeline } = await withContent();
    await park(pipeline);
    expect(await asItIs(pipeline)).toMatchObject({ state: 'parked', owed: [], rows: 250 });
  });

  test.each([
    [1, { state: 'queued', hasRecordRows: false, rows: 0 }],
    [2, { state: 'queued', hasRecordRows: true, rows: 99 }],
    [3, { state: 'queued', hasRecordRows: true, rows: 198 }],
  ])('cut before transaction %i leave a content that is not further than it was', async (nth, expected) => {
    const { pipeline, beforeTransaction } = await withContent();
    beforeTransaction.set(nth, () => Promise.reject(new StorageError('The table did not answer in time.')));
    await expect(park(pipeline)).rejects.toThrow(StorageError);
    expect(await asItIs(pipeline)).toMatchObject({ owed: ['soc'], ...expected });
  });

  test.each([
    [1, 0],
    [2, 99],
  ])('are not written over what another wrote before transaction %i', async (nth, rows) => {
    const { pipeline, beforeTransaction } = await withContent();
    beforeTransaction.set(nth, () => changeRows(pipeline, { failures: 3 }));
    await expect(park(pipeline)).rejects.toThrow(RowConflict);
    expect(await asItIs(pipeline)).toMatchObject({ state: 'queued', failures: 3, rows });
  });

  test('are not written where the content has changed since it was read', async () => {
    const { pipeline } = await withContent();
    const { contents } = await pipeline.ledger.hour(feed, hour);
    await changeRows(pipeline, { failures: 3 });
    const changes = contents.map((content) => ({ ...content, parkedRecords: many }));
    await expect(pipeline.ledger.replace(feed, hour, changes)).rejects.toThrow(RowConflict);
    expect(await asItIs(pipeline)).toMatchObject({ failures: 3, rows: 0 });
  });
});
