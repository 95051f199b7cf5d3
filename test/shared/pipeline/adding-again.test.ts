import { expect, test } from 'vitest';

import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { finishLeaving } from '../../../shared/pipeline/leaving.ts';
import { listHour } from '../../../shared/pipeline/list-hour.ts';
import { receiveMessage } from '../../../shared/pipeline/receive-message.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { offBoard } from '../../../shared/tenants/off-board.ts';
import { activeTenant, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { comeBetween } from './come-between.ts';
import { minute, withTenants } from './cycle-fixture.ts';
import { finish, receivedIds, record } from './forwarding.ts';
import { close, feed, hour, hourStart, never, queuedIds, rowsOf } from './listing-fixture.ts';
import { runFor } from './whole-way.ts';

const again = activeTenant({ name: 'The same under another name', contentTypes: [feed.contentType] });

const offer = (pipeline: TestPipeline, ...ids: string[]): void => {
  for (const id of ids) {
    pipeline.api.offer(feed.contentType, id, hourStart + Number(id.slice(1)) * 1000, [record(id)]);
  }
};

/** Contents that were delivered, contents whose message is in the queue, and the tenant leaves. @returns the message */
async function left(queue: 'drain' | 'drop'): Promise<{ pipeline: TestPipeline; message: string }> {
  const pipeline = await withTenants();
  offer(pipeline, 'c1', 'c2');
  await runFor(pipeline, 4 * minute, { every: 2 * minute });
  offer(pipeline, 'c3');
  await listHour(pipeline, activeTenant(), feed, hour, never);
  const message = pipeline.queue.take()?.text ?? '';
  await offBoard(pipeline, tenantId, queue, 'Alex');
  return { pipeline, message };
}

const dropped = async (): Promise<TestPipeline> => (await left('drop')).pipeline;

/** The tenant is there again, and its hour has been listed. */
async function addAgain(pipeline: TestPipeline): Promise<void> {
  await pipeline.tenants.insert(again);
  await listHour(pipeline, again, feed, hour, never);
}

const counts = async (pipeline: TestPipeline) =>
  Object.fromEntries((await rowsOf(pipeline)).map(({ id, state }) => [id, state]));

test('after a drop what was dropped is delivered, what was delivered is not delivered again', async () => {
  const { pipeline, message } = await left('drop');
  await listCycle(pipeline);
  expect(await counts(pipeline)).toEqual({ c1: 'delivered', c2: 'delivered', c3: 'lost' });
  // The message comes while the tenant is gone: it ends.
  const receipt = { messageId: 'old', dequeueCount: 1 };
  await receiveMessage(pipeline, JSON.parse(message), receipt);
  offer(pipeline, 'c4');

  await pipeline.tenants.insert(again);
  const fetched = pipeline.api.calls.length;
  // It is delivered to us again: it is an old copy of what was queued anew.
  await listCycle(pipeline);
  await finish(pipeline.clock, receiveMessage(pipeline, JSON.parse(message), { ...receipt, dequeueCount: 2 }));
  await runFor(pipeline, 20 * minute, { every: 2 * minute });

  expect(await counts(pipeline)).toEqual({ c1: 'delivered', c2: 'delivered', c3: 'delivered', c4: 'delivered' });
  expect(receivedIds(pipeline).toSorted()).toEqual(['c1', 'c2', 'c3', 'c4']);
  const calls = pipeline.api.calls.slice(fetched).filter((call) => call.startsWith('fetch'));
  expect(calls.toSorted()).toEqual(['fetch c3', 'fetch c4']);
  expect((await pipeline.feeds.ofTenant(tenantId)).map(({ value }) => value.state)).toEqual(['active']);
});

test('a message of what was dropped, late, before the hour is listed again, does nothing', async () => {
  const { pipeline, message } = await left('drop');
  await listCycle(pipeline);
  await pipeline.tenants.insert(again);
  await receiveMessage(pipeline, JSON.parse(message), { messageId: 'old', dequeueCount: 1 });
  expect(await counts(pipeline)).toMatchObject({ c3: 'lost' });
  expect(receivedIds(pipeline)).toEqual(['c1', 'c2']);
});

test('after a drain everything was delivered, and nothing is fetched again', async () => {
  const { pipeline, message } = await left('drain');
  await listCycle(pipeline);
  expect(await pipeline.tenants.all()).toHaveLength(1);
  await finish(pipeline.clock, receiveMessage(pipeline, JSON.parse(message), { messageId: 'm', dequeueCount: 1 }));
  await listCycle(pipeline);
  expect(await pipeline.tenants.all()).toEqual([]);
  expect(receivedIds(pipeline).toSorted()).toEqual(['c1', 'c2', 'c3']);

  await pipeline.tenants.insert(again);
  offer(pipeline, 'c4');
  await runFor(pipeline, 20 * minute, { every: 2 * minute });
  expect(receivedIds(pipeline).toSorted()).toEqual(['c1', 'c2', 'c3', 'c4']);
});

test('a Close of the drop that goes on when the tenant was added again takes nothing from it, wherever it stood', () =>
  comeBetween({
    scene: dropped,
    one: close,
    async other(pipeline) {
      await listCycle(pipeline);
      expect(await pipeline.tenants.all()).toEqual([]);
      await addAgain(pipeline);
    },
    async after(pipeline, hasCome) {
      if (!hasCome) return;
      // Whatever became of it: it is queued, or it will be when the hour is listed again.
      await listHour(pipeline, again, feed, hour, never);
      expect(await counts(pipeline)).toEqual({ c1: 'delivered', c2: 'delivered', c3: 'queued' });
      expect(queuedIds(pipeline.queue)).toContain('c3');
    },
  }));

test('a Close that meets what a lister listed while the tenant left takes nothing from it when it was added again', () =>
  comeBetween({
    async scene() {
      const pipeline = await dropped();
      await listCycle(pipeline);
      // Another lister was at it: there are contents of nobody's.
      offer(pipeline, 'c4');
      await listHour(pipeline, activeTenant(), feed, hour, never);
      return pipeline;
    },
    one: close,
    other: addAgain,
    async after(pipeline, hasCome) {
      if (!hasCome) return;
      await listHour(pipeline, again, feed, hour, never);
      expect(await counts(pipeline)).toMatchObject({ c3: 'queued', c4: 'queued' });
    },
  }));

test('a lister that goes on seeing off a tenant that another saw off, and that was added again, leaves it alone', () => {
  const state = async (pipeline: TestPipeline) => [await pipeline.tenants.all(), await pipeline.feeds.all()];
  let before: unknown;
  return comeBetween({
    async scene() {
      const pipeline = await dropped();
      await close(pipeline);
      return pipeline;
    },
    one: (pipeline) => finishLeaving(pipeline, never),
    async other(pipeline) {
      await finishLeaving(pipeline, never);
      expect(await pipeline.tenants.all()).toEqual([]);
      await pipeline.tenants.insert(again);
      await pipeline.feeds.insert({ ...newFeed(feed), state: 'active' });
      before = await state(pipeline);
    },
    async after(pipeline, hasCome) {
      if (hasCome) expect(await state(pipeline)).toEqual(before);
    },
  });
});
