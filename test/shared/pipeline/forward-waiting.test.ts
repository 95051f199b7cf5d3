import { describe, expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import { queueForSaving, queueWaiting } from '../../../shared/pipeline/waiting.ts';
import { RowConflict } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { createFaultyStorage } from './faulty-storage.ts';
import {
  feed,
  finish,
  forward,
  forwardAll,
  hour,
  list,
  listedContent,
  messagesOf,
  onlyMessage,
  receivedIds,
  rowOf,
  rowsOf,
  wake,
} from './forwarding.ts';

const unavailable = new DestinationError('It is down; wait.', { kind: 'unavailable' });

/** A destination is known to be down, and does not answer. */
async function putDown(pipeline: TestPipeline, index: number): Promise<void> {
  const destination = pipeline.destinations[index];
  if (destination === undefined) throw new Error('unreachable');
  await (await readDestinationHealth(pipeline)).failed(destination.name, unavailable);
  destination.down = unavailable;
}

/** Requests that reached a destination, answered or not. */
function countRequests(pipeline: TestPipeline, index: number): { count: number } {
  const requests = { count: 0 };
  const destination = pipeline.destinations[index];
  if (destination === undefined) throw new Error('unreachable');
  const deliver = destination.deliver.bind(destination);
  destination.deliver = async (delivery, signal) => {
    requests.count += 1;
    return await deliver(delivery, signal);
  };
  return requests;
}

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

describe('a probe', () => {
  test('is one request a mark, by one message, with one try; the others of its batch wait', async () => {
    const pipeline = createTestPipeline();
    const ids = Array.from({ length: 20 }, (_none, index) => `c${String(index).padStart(2, '0')}`);
    const batch = await list(
      pipeline,
      ids.map((id) => listedContent(pipeline, id)),
    );
    const requests = countRequests(pipeline, 0);
    const [soc] = pipeline.destinations;
    if (soc) soc.down = unavailable;

    await finish(pipeline.clock, forward(pipeline, batch));
    // The first failure is tried again within a minute, as it is.
    expect(requests.count).toBe(4);
    const states = (await rowsOf(pipeline)).map(({ state }) => state);
    expect(states.filter((state) => state === 'waiting')).toHaveLength(19);

    const begun = pipeline.clock.now();
    let fetches = pipeline.api.calls.length;
    while (pipeline.clock.now() - begun < 3_600_000) {
      const next = onlyMessage(pipeline);
      expect(next.contents).toHaveLength(1);
      pipeline.clock.advance(next.inSeconds * 1000);
      await finish(pipeline.clock, forward(pipeline, next.batch, { messageId: `at-${pipeline.clock.now()}` }));
      expect(pipeline.api.calls.length - fetches).toBe(1);
      fetches = pipeline.api.calls.length;
    }
    // 5, 10, 20, 40, then 60 s each (and a second of slack).
    expect(requests.count - 4).toBeLessThanOrEqual(64);
    expect(requests.count - 4).toBeGreaterThan(50);
    expect((await rowsOf(pipeline)).every(({ failures, deaths }) => failures + deaths === 0)).toBe(true);
  });

  test('of two messages is made by one; the other waits', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    await putDown(pipeline, 0);
    pipeline.clock.advance(5_000);
    const requests = countRequests(pipeline, 0);
    const [a, b] = batch.contents.map((content) => ({ ...batch, contents: [content] }));
    if (a === undefined || b === undefined) throw new Error('unreachable');

    const both = [forward(pipeline, a, { messageId: 'm1' }), forward(pipeline, b, { messageId: 'm2' })];
    await finish(pipeline.clock, Promise.all(both));

    expect(requests.count).toBe(1);
    expect((await rowsOf(pipeline)).map(({ state }) => state).sort()).toEqual(['queued', 'waiting']);
    expect(onlyMessage(pipeline)).toMatchObject({ inSeconds: 11 });
  });

  test('is made by who has something to send, not by a content that cannot be fetched', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'broken'), listedContent(pipeline, 'good')]);
    await putDown(pipeline, 0);
    const [soc] = pipeline.destinations;
    if (soc) soc.down = undefined;
    pipeline.clock.advance(5_000);
    pipeline.api.failures.set('fetch broken', [apiError('server-failed')]);
    const [broken, good] = batch.contents.map((content) => ({ ...batch, contents: [content] }));
    if (broken === undefined || good === undefined) throw new Error('unreachable');

    await finish(pipeline.clock, forward(pipeline, broken, { messageId: 'm1' }));
    expect((await readDestinationHealth(pipeline)).isDown('soc')).toBe(true);
    await finish(pipeline.clock, forward(pipeline, good, { messageId: 'm2' }));

    expect((await rowOf(pipeline, 'good')).state).toBe('delivered');
    expect((await readDestinationHealth(pipeline)).isDown('soc')).toBe(false);
  });

  test('that dies is made good by Close, which sends another', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    await putDown(pipeline, 0);
    await forward(pipeline, batch);
    expect(await wake(pipeline)).toBe(2);
    expect(messagesOf(pipeline)).toEqual([]);
    pipeline.clock.advance(120_000);

    await wake(pipeline);

    expect(onlyMessage(pipeline).contents).toEqual(['a', 'b']);
  });

  test('that finds the destination up delivers, and what waits follows', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const batch = await list(
      pipeline,
      ['a', 'b', 'c'].map((id) => listedContent(pipeline, id)),
    );
    const [soc, archive] = pipeline.destinations;
    if (!soc || !archive) throw new Error('unreachable');
    soc.down = unavailable;
    archive.down = unavailable;
    await finish(pipeline.clock, forward(pipeline, batch));
    soc.down = undefined;
    for (let minutes = 0; minutes < 4; minutes += 2) {
      pipeline.clock.advance(120_000);
      await wake(pipeline);
      await forwardAll(pipeline);
    }
    expect(receivedIds(pipeline, 0).sort()).toEqual(['a-1', 'b-1', 'c-1']);

    archive.down = undefined;
    for (let minutes = 0; minutes < 6; minutes += 2) {
      pipeline.clock.advance(120_000);
      await wake(pipeline);
      await forwardAll(pipeline);
    }
    expect(receivedIds(pipeline, 0).sort()).toEqual(['a-1', 'b-1', 'c-1']);
    expect(receivedIds(pipeline, 1).sort()).toEqual(['a-1', 'b-1', 'c-1']);
    expect((await rowsOf(pipeline)).map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered']);
  });
});

describe('queueing what waits', () => {
  const waiting = async (count: number): Promise<TestPipeline> => {
    const pipeline = createTestPipeline();
    const ids = Array.from({ length: count }, (_none, index) => `c${String(index).padStart(3, '0')}`);
    for (const some of [ids.slice(0, 100), ids.slice(100)].filter(({ length }) => length > 0)) {
      const rows = some.map((id) => listedContent(pipeline, id, undefined, { state: 'waiting', due: 0 }));
      await pipeline.ledger.insert(feed, hour, rows);
    }
    return pipeline;
  };

  test('makes them queued under a new attempt, due now, before their messages are sent', async () => {
    const pipeline = await waiting(150);
    const { contents } = await pipeline.ledger.hour(feed, hour);

    await queueWaiting(pipeline, feed, hour, contents);

    for (const row of await rowsOf(pipeline)) {
      expect(row).toMatchObject({ state: 'queued', attempt: 2, due: pipeline.clock.now() });
    }
    expect(messagesOf(pipeline).flatMap((message) => message.contents)).toHaveLength(150);
    expect(messagesOf(pipeline).every(({ attempt }) => attempt === 2)).toBe(true);
  });

  test('sends nothing for rows that changed meanwhile', async () => {
    const pipeline = await waiting(2);
    const { contents } = await pipeline.ledger.hour(feed, hour);
    await queueWaiting(pipeline, feed, hour, contents.slice(0, 1));

    await expect(queueWaiting(pipeline, feed, hour, contents)).rejects.toBeInstanceOf(RowConflict);

    expect(messagesOf(pipeline)).toHaveLength(1);
  });

  test('to be saved leaves a parked one parked, and counts how often it was sent', async () => {
    const pipeline = await waiting(1);
    await pipeline.ledger.insert(feed, hour, [listedContent(pipeline, 'parked', undefined, { state: 'parked' })]);
    const { contents } = await pipeline.ledger.hour(feed, hour);

    await queueForSaving(pipeline, feed, hour, contents);

    expect(await rowOf(pipeline, 'c000')).toMatchObject({ state: 'queued', attempt: 2, redrives: 0 });
    expect(await rowOf(pipeline, 'parked')).toMatchObject({ state: 'parked', attempt: 2, redrives: 1 });
    expect(onlyMessage(pipeline).contents).toEqual(['c000', 'parked']);
  });
});
