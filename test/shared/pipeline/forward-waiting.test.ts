import { describe, expect, test } from 'vitest';

import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { countRequests, putDown } from './down-destination.ts';
import { createFaultyStorage } from './faulty-storage.ts';
import {
  finish,
  forward,
  forwardAll,
  list,
  listedContent,
  messagesOf,
  onlyMessage,
  receivedIds,
  rowOf,
  rowsOf,
  wake,
} from './forwarding.ts';

describe('contents whose destinations are all down', () => {
  test('wait: no fetch, no request, no message, and one write that releases them', async () => {
    const storage = createFaultyStorage(createMemoryTables());
    const pipeline = createTestPipeline({ tables: storage.tables });
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    await putDown(pipeline, 0);
    const requests = countRequests(pipeline, 0);
    storage.arm(Infinity, 'before');

    await forward(pipeline, batch);

    expect(storage.writes).toEqual(['transact ledger202611 2', 'transact ledger202611 2']);
    expect(pipeline.api.calls).toEqual([]);
    expect(requests.count).toBe(0);
    expect(messagesOf(pipeline)).toEqual([]);
    for (const row of await rowsOf(pipeline)) {
      expect(row).toMatchObject({ state: 'waiting', attempt: 1, hold: undefined, failures: 0, owed: ['soc'] });
    }
  });

  test('go on when it is up; a message that comes late finds them waiting and does what there is to do', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    await putDown(pipeline, 0);
    await forward(pipeline, batch);
    const [soc] = pipeline.destinations;
    if (soc) soc.down = undefined;
    pipeline.clock.advance(5_000);

    // The same message once more: now its mark has run out, and it is the probe.
    await finish(pipeline.clock, forward(pipeline, batch, { dequeueCount: 2 }));

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered' });
    expect((await readDestinationHealth(pipeline)).cameUp()).toEqual(['soc']);
  });

  test('owed partly to one that is up: it is delivered there, in one settling, and then waits', async () => {
    const storage = createFaultyStorage(createMemoryTables());
    const pipeline = createTestPipeline({ tables: storage.tables, destinations: ['soc', 'archive'] });
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'empty', [])]);
    await putDown(pipeline, 1);
    const requests = countRequests(pipeline, 1);
    storage.arm(Infinity, 'before');

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(receivedIds(pipeline, 0)).toEqual(['a-1']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'waiting', owed: ['archive'], hold: undefined });
    expect(await rowOf(pipeline, 'empty')).toMatchObject({ state: 'delivered', owed: [] });
    expect(requests.count).toBe(0);
    expect(storage.writes.filter((write) => write.includes('ledger'))).toHaveLength(2);
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('do not wait for one that has come up while their batch went on: nobody would look for them soon', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    await putDown(pipeline, 1);
    const [soc, archive] = pipeline.destinations;
    if (!soc || !archive) throw new Error('unreachable');
    const deliver = soc.deliver.bind(soc);
    soc.deliver = async (delivery, signal) => {
      // Another batch finds it up meanwhile, and Close has been there.
      const health = await readDestinationHealth(pipeline);
      health.noteTaken('archive');
      await health.settleTaken();
      await wake(pipeline);
      return await deliver(delivery, signal);
    };
    archive.down = undefined;

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', owed: ['archive'], attempt: 2 });
    pipeline.clock.advance(10_000);
    await forwardAll(pipeline);
    expect(receivedIds(pipeline, 0)).toEqual(['a-1']);
    expect(receivedIds(pipeline, 1)).toEqual(['a-1']);
  });

  test('what fails for the API’s reasons is put back as ever', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    await putDown(pipeline, 1);
    pipeline.api.failures.set('fetch a', [apiError('server-failed')]);

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', attempt: 2, owed: ['soc', 'archive'] });
    expect(onlyMessage(pipeline)).toMatchObject({ contents: ['a'], inSeconds: 10 });
  });
});
