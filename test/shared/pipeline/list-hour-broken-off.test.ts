import { describe, expect, test } from 'vitest';

import { RowConflict, StorageError } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { changeRows, emptyQueue, feed, hour, list, offer, queuedIds, rowsOf } from './listing-fixture.ts';
import { isWrite, meddledTables } from './meddled-tables.ts';

/** A pipeline whose `n`th call of a table (from 1) that `matches` fails, before or after it was done. */
function failing(
  n: number,
  when: 'before' | 'after',
  error: Error,
  matches: (call: string) => boolean = isWrite,
): { pipeline: TestPipeline; failed: () => boolean } {
  const tables = createMemoryTables();
  let count = 0;
  const hook = (call: string): void => {
    if (matches(call) && (count += 1) === n) throw error;
  };
  const pipeline = createTestPipeline({ tables: meddledTables(tables, { [when]: hook }) });
  return { pipeline, failed: () => count >= n };
}

describe('a lister that dies', () => {
  // open touched, hour opened, two ledger transactions, hour written.
  const writes = 5;

  for (const when of ['before', 'after'] as const) {
    for (let n = 1; n <= writes; n += 1) {
      test(`${when} write ${n} of ${writes} is made good by the next one`, async () => {
        const error = new StorageError('Storage did not answer.');
        const { pipeline, failed } = failing(n, when, error);
        offer(pipeline, 120);
        await expect(list(pipeline)).rejects.toBe(error);
        expect(failed()).toBe(true);
        await list(pipeline);
        expect(await rowsOf(pipeline)).toHaveLength(120);
        expect(new Set(queuedIds(pipeline.queue)).size).toBe(120);
        expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({
          open: true,
          hash: expect.any(String) as string,
        });
        expect(await pipeline.openHours.all()).toHaveLength(1);
      });
    }
  }

  test('between two messages is made good by the next one', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 60);
    const error = new StorageError('The queue did not answer.');
    const send = pipeline.queue.send.bind(pipeline.queue);
    let sent = 0;
    pipeline.queue.send = (text, delay) => ((sent += 1) === 2 ? Promise.reject(error) : send(text, delay));
    await expect(list(pipeline)).rejects.toBe(error);
    expect((await pipeline.hours.get(feed, hour))?.value.hash).toBeUndefined();
    await list(pipeline);
    expect(new Set(queuedIds(pipeline.queue)).size).toBe(60);
  });

  test('before its messages leaves them to the next one, whatever that one is shown', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 3);
    const error = new StorageError('The queue did not answer.');
    const { queue, api } = pipeline;
    const send = queue.send.bind(queue);
    queue.send = () => Promise.reject(error);
    await expect(list(pipeline)).rejects.toBe(error);
    queue.send = send;
    const listContents = api.listContents.bind(api);
    api.listContents = async function* () {
      yield await Promise.resolve([]);
    };
    await list(pipeline);
    api.listContents = listContents;
    await list(pipeline);
    expect(queuedIds(queue).toSorted()).toEqual(['content-0000', 'content-0001', 'content-0002']);
  });

  test('leaves to the next one only what no worker ever took', async () => {
    const error = new StorageError('Storage did not answer.');
    const { pipeline } = failing(4, 'before', error);
    offer(pipeline, 3);
    await expect(list(pipeline)).rejects.toBe(error);
    await changeRows(pipeline, { taken: true });
    emptyQueue(pipeline.queue);
    expect(await list(pipeline)).toBe(0);
    expect(pipeline.queue.messages).toEqual([]);
  });

  for (let n = 1; n <= writes; n += 1) {
    test(`write ${n} done but reported as a conflict (the SDK tried twice) loses nothing`, async () => {
      const { pipeline } = failing(n, 'after', new RowConflict('Written by another.'));
      offer(pipeline, 120);
      // The index row is put, which cannot conflict; there the error is just one more death.
      if (n === 1) await expect(list(pipeline)).resolves.toBe(120);
      else await list(pipeline);
      expect(await rowsOf(pipeline)).toHaveLength(120);
      expect(new Set(queuedIds(pipeline.queue)).size).toBe(120);
      expect((await pipeline.hours.get(feed, hour))?.value.hash).toEqual(expect.any(String));
    });
  }

  test('gives up an hour that others keep changing', async () => {
    let count = 0;
    const conflict = new RowConflict('Written by another.');
    const pipeline = createTestPipeline({
      tables: meddledTables(createMemoryTables(), {
        before: (call) => {
          if (call !== 'insert hours202611') return;
          count += 1;
          throw conflict;
        },
      }),
    });
    offer(pipeline, 1);
    await expect(list(pipeline)).rejects.toBe(conflict);
    expect(count).toBe(5);
  });
});
