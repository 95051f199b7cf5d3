import { describe, expect, test } from 'vitest';

import { receivePoison } from '../../../shared/pipeline/receive-message.ts';
import { listParked } from '../../../shared/pipeline/parked.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import type { Batch } from '../../../shared/pipeline/batch-message.ts';
import { printBatch } from '../../../shared/pipeline/batch-message.ts';
import {
  feed,
  forward,
  frozen,
  list,
  listedContent,
  messagesOf,
  onlyMessage,
  receivedIds,
  rowOf,
  rowsOf,
  turn,
} from './forwarding.ts';

const never = () => new Promise<void>(() => undefined);

/** A worker takes the message and dies with it; its hold runs out. */
async function die(pipeline: TestPipeline, batch: Batch, receipt: { messageId?: string; dequeueCount: number }) {
  const gone = { ...pipeline, clock: frozen(pipeline.clock) };
  pipeline.api.failures.set(
    'fetch',
    batch.contents.map(() => never),
  );
  void forward(gone, batch, receipt);
  await turn();
  pipeline.api.failures.delete('fetch');
  pipeline.clock.advance(600_000);
}

const poison = (pipeline: TestPipeline, batch: Batch): Promise<void> =>
  receivePoison(pipeline, JSON.parse(printBatch(batch)) as unknown);

describe('a batch that comes back by itself', () => {
  test('is taken apart, each content alone in a message of the next attempt, nothing fetched', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(
      pipeline,
      ['a', 'b', 'c'].map((id) => listedContent(pipeline, id)),
    );
    await die(pipeline, batch, { dequeueCount: 1 });
    pipeline.api.calls.length = 0;

    await forward(pipeline, batch, { dequeueCount: 2 });

    expect(pipeline.api.calls).toEqual([]);
    expect(messagesOf(pipeline)).toMatchObject(
      ['a', 'b', 'c'].map((id) => ({ contents: [id], attempt: 2, inSeconds: 10 })),
    );
    for (const row of await rowsOf(pipeline)) {
      expect(row).toMatchObject({ state: 'queued', attempt: 2, deaths: 0, failures: 0, hold: undefined });
    }
  });

  test('leaves out what was settled before; a single one that is left is tried at once, without a death', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [
      listedContent(pipeline, 'a', [], { state: 'delivered', owed: [] }),
      listedContent(pipeline, 'b', undefined, {
        hold: { by: 'm1/1', until: pipeline.clock.now() - 1, alone: false },
      }),
    ]);

    await forward(pipeline, batch, { dequeueCount: 2 });

    expect(await rowOf(pipeline, 'b')).toMatchObject({ state: 'delivered', deaths: 0 });
  });
});

describe('deaths', () => {
  test('are counted for a content alone, parked at five across the poison queue', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    for (let dequeueCount = 1; dequeueCount <= 5; dequeueCount += 1) {
      await die(pipeline, batch, { dequeueCount });
      expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', deaths: dequeueCount - 1, failures: 0 });
    }

    await poison(pipeline, batch);

    const row = await rowOf(pipeline, 'a');
    expect(row).toMatchObject({ state: 'parked', deaths: 5, hold: undefined, settledAt: pipeline.clock.now() });
    expect(row.reason).toContain('died 5 times');
    expect(messagesOf(pipeline)).toEqual([]);
    expect(await listParked(pipeline)).toMatchObject([{ contentId: 'a', reason: row.reason }]);
  });

  test('counted before the poison queue count on after it', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { deaths: 2 })]);
    await die(pipeline, batch, { dequeueCount: 1 });
    await poison(pipeline, batch);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', deaths: 3, attempt: 2, hold: undefined });

    const again = onlyMessage(pipeline);
    expect(again).toMatchObject({ contents: ['a'], attempt: 2 });
    await die(pipeline, again.batch, { messageId: 'm2', dequeueCount: 1 });
    await die(pipeline, again.batch, { messageId: 'm2', dequeueCount: 2 });
    await forward(pipeline, again.batch, { messageId: 'm2', dequeueCount: 3 });

    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'parked',
      deaths: 5,
      hold: undefined,
      settledAt: pipeline.clock.now(),
    });
    expect(receivedIds(pipeline)).toEqual([]);
    expect(pipeline.events).toContainEqual({
      event: 'content-parked',
      level: 'error',
      fields: { ...feed, hour: '2026-11-22T10', contentId: 'a' },
    });
  });

  test('are forgotten at any put-back', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    for (const dequeueCount of [1, 2, 3]) await die(pipeline, batch, { dequeueCount });
    expect((await rowOf(pipeline, 'a')).deaths).toBe(2);
    pipeline.api.failures.set('fetch a', [apiError('server-failed')]);

    await forward(pipeline, batch, { dequeueCount: 4 });

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', deaths: 0, attempt: 2 });
  });

  test.each([
    ['a hold that was not taken for it alone', { by: 'm1/1', until: 0, alone: false }],
    ['a hold of another message', { by: 'm0/1', until: 0, alone: true }],
    ['no hold: it was released', undefined],
  ])('are not counted with %s', async (_name, hold) => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { hold, deaths: 4 })]);

    await forward(pipeline, batch, { dequeueCount: 2 });

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', deaths: 4 });
  });

  test('are not counted while the hold has not run out: the worker may be alive, or storage did not let it go', async () => {
    const pipeline = createTestPipeline();
    const hold = { by: 'm1/1', until: pipeline.clock.now() + 1, alone: true };
    const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { hold, deaths: 4 })]);

    await forward(pipeline, batch, { dequeueCount: 2 });

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', deaths: 4 });
  });
});

describe('the poison queue', () => {
  test('enqueues again what did not fail by itself, each alone; settled and newer ones are left', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [
      listedContent(pipeline, 'a'),
      listedContent(pipeline, 'b', undefined, { failures: 4 }),
      listedContent(pipeline, 'done', [], { state: 'delivered', owed: [] }),
      listedContent(pipeline, 'newer', [], { attempt: 2 }),
    ]);

    await poison(pipeline, batch);

    expect(messagesOf(pipeline)).toMatchObject([
      { contents: ['a'], attempt: 2, inSeconds: 10 },
      { contents: ['b'], attempt: 2, inSeconds: 10 },
    ]);
    expect(await rowOf(pipeline, 'b')).toMatchObject({ state: 'queued', attempt: 2, failures: 4 });
  });

  test('parks a content with five failures, with its last error', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [
      listedContent(pipeline, 'a', undefined, { failures: 5, lastError: 'It was rejected.' }),
    ]);

    await poison(pipeline, batch);

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'parked', reason: 'It was rejected.' });
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('a content that is still held gets a message for when the hold has run out, not an hour later', async () => {
    const pipeline = createTestPipeline();
    const hold = { by: 'm1/5', until: pipeline.clock.now() + 40_000, alone: true };
    const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { hold })]);

    await poison(pipeline, batch);
    const message = onlyMessage(pipeline);
    expect(message).toMatchObject({ contents: ['a'], attempt: 1, inSeconds: 40 });
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', hold, deaths: 0 });

    pipeline.clock.advance(40_000);
    await forward(pipeline, message.batch, { messageId: 'm2' });
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered' });
  });

  test('a content that nobody listed is parked there too, never fetched', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    const unknown = listedContent(pipeline, 'unknown');

    await poison(pipeline, { ...batch, contents: [...batch.contents, unknown] });

    expect((await pipeline.malformed.all()).map(({ text }) => text)).toMatchObject([
      expect.stringContaining('"unknown"') as string,
    ]);
    expect(onlyMessage(pipeline).contents).toEqual(['a']);
  });

  test('a content that another worker took meanwhile is left to it', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    const { queue } = pipeline;
    const racing = {
      ...pipeline,
      queue: {
        send: async (text: string, delay: number) => {
          await queue.send(text, delay);
          await forward(pipeline, batch, { messageId: 'other' });
        },
      },
    };

    await receivePoison(racing, JSON.parse(printBatch(batch)) as unknown);

    expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
    await forward(pipeline, onlyMessage(pipeline).batch, { messageId: 'late' });
    expect(receivedIds(pipeline)).toEqual(['a-1']);
  });
});
