import { expect, test } from 'vitest';

import { apiError } from '../../support/fake-activity-api.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { createFaultyStorage } from './faulty-storage.ts';
import {
  finish,
  forward,
  frozen,
  list,
  listedContent,
  messagesOf,
  onlyMessage,
  receivedIds,
  rowOf,
  turn,
} from './forwarding.ts';

test('the message goes out before the row is written, which gets the same attempt and due', async () => {
  const storage = createFaultyStorage(createMemoryTables());
  const base = createTestPipeline({ tables: storage.tables });
  const pipeline = { ...base, queue: { ...base.queue, ...storage.queue(base.queue) } };
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
  pipeline.api.failures.set('fetch', [apiError('server-failed'), apiError('server-failed')]);
  storage.arm(Infinity, 'before');

  await forward(pipeline, batch);

  expect(storage.writes).toEqual(['transact ledger202611 2', 'send', 'transact ledger202611 2']);
  const message = onlyMessage(pipeline);
  expect(message).toMatchObject({ contents: ['a', 'b'], attempt: 2 });
  for (const id of ['a', 'b']) {
    expect(await rowOf(pipeline, id)).toMatchObject({
      attempt: 2,
      due: pipeline.clock.now() + message.inSeconds * 1000,
      hold: undefined,
      redrives: 0,
    });
  }
});

test('delays double from 10 s to 15 min with full jitter, never under 10 s', async () => {
  const pipeline = createTestPipeline();
  let batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const delays: number[] = [];
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    pipeline.api.failures.set('fetch a', [apiError('server-failed')]);
    await forward(pipeline, batch, { messageId: `m${attempt}` });
    const message = onlyMessage(pipeline);
    delays.push(message.inSeconds);
    ({ batch } = message);
  }
  // The test's chance is always one half of the ceiling.
  expect(delays).toEqual([10, 10, 20, 40, 80, 160, 320, 450, 450]);
});

test.each(['before', 'after'] as const)(
  'a row write that fails (%s it was done) leaves one message, which is served when it comes',
  async (mode) => {
    const storage = createFaultyStorage(createMemoryTables());
    const pipeline = createTestPipeline({ tables: storage.tables });
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    pipeline.api.failures.set('fetch a', [apiError('server-failed')]);
    storage.arm(2, mode);

    await forward(pipeline, batch);

    expect(pipeline.events.map(({ event }) => event)).toContain('put-back-row-not-written');
    const message = onlyMessage(pipeline);
    expect(message).toMatchObject({ contents: ['a'], attempt: 2, inSeconds: 10 });
    // The hold of the first message has not run out when the second comes.
    pipeline.clock.advance(10_000);
    await forward(pipeline, message.batch, { messageId: 'm2' });
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', attempt: 2, deaths: 0, failures: 0 });
  },
);

test('a message that cannot be sent: the handler fails, holds are released, the rows stay as they were', async () => {
  const storage = createFaultyStorage(createMemoryTables());
  const base = createTestPipeline({ tables: storage.tables });
  const pipeline = { ...base, queue: { ...base.queue, ...storage.queue(base.queue) } };
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
  pipeline.api.failures.set('fetch a', [apiError('server-failed')]);
  storage.arm(4, 'before');

  await expect(forward(pipeline, batch)).rejects.toThrow('Write 4 (send) failed');

  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', attempt: 1, hold: undefined, failures: 0 });
  expect((await rowOf(pipeline, 'b')).state).toBe('delivered');
  expect(messagesOf(pipeline)).toEqual([]);
});

test('an old copy of a message finds its contents put back and does nothing', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  pipeline.api.failures.set('fetch a', [apiError('server-failed')]);
  await forward(pipeline, batch);

  await forward(pipeline, batch, { dequeueCount: 2 });

  expect(pipeline.api.calls).toEqual(['fetch a']);
  expect(messagesOf(pipeline)).toHaveLength(1);
});

test('two workers that put the same content back leave no hold that would keep their messages out', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  pipeline.api.failures.set(
    'fetch a',
    gates.map(({ promise }) => async () => {
      await promise;
      throw apiError('server-failed');
    }),
  );
  const first = forward({ ...pipeline, clock: frozen(pipeline.clock) }, batch);
  await turn();
  pipeline.clock.advance(60_000);
  const second = forward(pipeline, batch, { dequeueCount: 2 });
  await turn();

  gates[0]?.resolve(undefined);
  await first;
  expect(await rowOf(pipeline, 'a')).toMatchObject({ attempt: 2, hold: { by: 'm1/2' } });
  gates[1]?.resolve(undefined);
  await finish(pipeline.clock, second);

  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', attempt: 2, hold: undefined });
  const [message] = messagesOf(pipeline);
  expect(message).toMatchObject({ contents: ['a'], attempt: 2 });
  if (message) await forward(pipeline, message.batch, { messageId: 'm2' });
  expect(receivedIds(pipeline)).toEqual(['a-1']);
});

test('a put-back never undoes what another settled meanwhile', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  pipeline.api.failures.set('fetch a', [
    async () => {
      pipeline.clock.advance(60_000);
      await forward(pipeline, batch, { dequeueCount: 2 });
      throw apiError('server-failed');
    },
  ]);

  await forward({ ...pipeline, clock: frozen(pipeline.clock) }, batch);

  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', attempt: 1 });
});
