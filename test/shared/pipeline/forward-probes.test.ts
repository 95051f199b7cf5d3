import { describe, expect, test } from 'vitest';

import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { countRequests, putDown, unavailable } from './down-destination.ts';
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
