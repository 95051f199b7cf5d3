import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { listFeed } from '../../../shared/pipeline/list-feed.ts';
import { type Feed, newFeed } from '../../../shared/state/feeds.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { markDown } from './closing-fixture.ts';
import { feed as id, hourStart, never, queuedIds } from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

/** A pipeline with an active feed. */
async function withFeed(change: Partial<Feed> = {}, options: Parameters<typeof createTestPipeline>[0] = {}) {
  const pipeline = createTestPipeline(options);
  await pipeline.feeds.insert({ ...newFeed(id), state: 'active', ...change });
  return pipeline;
}

async function run(pipeline: TestPipeline, cycle = 1, signal = never) {
  const [feed] = await pipeline.feeds.ofTenant(id.tenantId);
  if (feed === undefined) throw new Error('There is no feed.');
  return listFeed(pipeline, activeTenant(), feed, { cycle, signal });
}

const feedOf = async (pipeline: TestPipeline) => (await pipeline.feeds.ofTenant(id.tenantId))[0]?.value;

const listCall = (time: string): string => `list ${id.contentType} ${time}:00:00`;

describe('a feed', () => {
  test('that is new is caught up over 167 hours at once, and then has the position of now', async () => {
    const pipeline = await withFeed();
    pipeline.api.offer(id.contentType, 'oldest', pipeline.clock.now() - 166 * hourMs, []);
    pipeline.api.offer(id.contentType, 'newest', pipeline.clock.now() - 1000, []);
    expect(await run(pipeline)).toEqual({ hours: 167, failure: undefined });
    expect(pipeline.api.calls.slice(0, 3).concat(pipeline.api.calls.at(-1) ?? '')).toEqual([
      listCall('2026-11-22T10'),
      listCall('2026-11-22T09'),
      listCall('2026-11-15T12'),
      listCall('2026-11-22T08'),
    ]);
    expect(queuedIds(pipeline.queue)).toEqual(['newest', 'oldest']);
    expect(await feedOf(pipeline)).toMatchObject({
      position: pipeline.clock.now(),
      visitedAt: pipeline.clock.now(),
      openContents: 2,
      gaps: [],
    });
  });

  test('that is up to date is asked for two hours, five in every fifth cycle', async () => {
    const pipeline = await withFeed();
    await run(pipeline);
    pipeline.api.calls.length = 0;
    pipeline.clock.advance(120_000);
    expect(await run(pipeline, 2)).toMatchObject({ hours: 2 });
    expect(await run(pipeline, 5)).toMatchObject({ hours: 5 });
  });

  test('is asked for each hour again a day later, also for what appeared late', async () => {
    const pipeline = await withFeed();
    await run(pipeline);
    pipeline.api.offer(id.contentType, 'late', pipeline.clock.now() - 50 * hourMs, []);
    // Cycles come and go, as the timer would have it.
    for (let n = 0; n < 25; n += 1) {
      pipeline.clock.advance(hourMs);
      await run(pipeline, 1);
    }
    expect(queuedIds(pipeline.queue)).toEqual(['late']);
    expect((await feedOf(pipeline))?.gaps).toEqual([]);
  });

  test('takes 60 s of a cycle; the rest comes in the next', async () => {
    const pipeline = await withFeed();
    let calls = 0;
    const slow = (): Promise<void> => {
      calls += 1;
      if (calls === 4) pipeline.clock.advance(60_000);
      return Promise.resolve();
    };
    pipeline.api.failures.set('list', Array<() => Promise<void>>(10).fill(slow));
    const { hours, failure } = await run(pipeline);
    expect(hours).toBeLessThan(6);
    expect(failure).toBeUndefined();
    const position = Date.parse('2026-11-15T14:00:00Z');
    expect((await feedOf(pipeline))?.position).toBe(position);
    expect((await feedOf(pipeline))?.gaps).toEqual([]);
    expect(await run(pipeline, 2)).toMatchObject({ failure: undefined });
    expect((await feedOf(pipeline))?.position).toBe(pipeline.clock.now());
  });

  test('with an hour that takes all the time goes on behind it in the next cycle but one', async () => {
    const pipeline = await withFeed();
    const takesAllTime = (): Promise<void> => {
      pipeline.clock.advance(60_000);
      return new Promise((_resolve, reject) => {
        setImmediate(() => {
          reject(new Error('broken off'));
        });
      });
    };
    pipeline.api.failures.set(listCall('2026-11-15T14'), Array<() => Promise<void>>(9).fill(takesAllTime));
    expect(await run(pipeline)).toMatchObject({ hours: 4 });
    expect((await feedOf(pipeline))?.sweepFrom).toBe('2026-11-15T14');
    expect(await run(pipeline)).toMatchObject({ hours: 2 });
    expect((await feedOf(pipeline))?.sweepFrom).toBe('2026-11-15T15');
    await run(pipeline);
    expect(await pipeline.hours.all(id)).toHaveLength(166);
  });

  test('whose failures take all the time goes on behind them', async () => {
    const pipeline = await withFeed();
    const slowly = async (): Promise<void> => {
      pipeline.clock.advance(40_000);
      await new Promise(setImmediate);
      throw apiError('server-failed');
    };
    for (const hour of ['2026-11-15T12', '2026-11-15T13', '2026-11-15T14']) {
      pipeline.api.failures.set(listCall(hour), Array<() => Promise<void>>(9).fill(slowly));
    }
    for (let n = 0; n < 4; n += 1) await run(pipeline);
    expect(await pipeline.hours.all(id)).toHaveLength(164);
  });

  test('that is cut off in the middle of a listing has not failed', async () => {
    const pipeline = await withFeed();
    const controller = new AbortController();
    pipeline.api.failures.set('list', [
      () => {
        const reason = new Error('Time is up.');
        controller.abort(reason);
        return Promise.reject(reason);
      },
    ]);
    expect(await run(pipeline, 1, controller.signal)).toEqual({ hours: 0, failure: undefined });
  });

  test('at 2,000 open contents is not listed, except for hours older than 144 h', async () => {
    const pipeline = await withFeed({ openContents: 2000 });
    const { hours } = await run(pipeline);
    expect(hours).toBe(22);
    expect(pipeline.api.calls.at(0)).toBe(listCall('2026-11-15T12'));
    expect(pipeline.api.calls.at(-1)).toBe(listCall('2026-11-16T09'));
  });

  test('has gaps that name its backlog when that is why nobody listed them', async () => {
    const pipeline = await withFeed({ openContents: 2000, position: hourStart - 5 * hourMs });
    await run(pipeline);
    const why = 'the tenant was active and the feed active, with 2000 contents or more still open';
    expect((await feedOf(pipeline))?.gaps).toEqual([{ from: hourStart - 5 * hourMs, to: hourStart - hourMs, why }]);
  });

  test('has gaps that name the error that kept it from being listed', async () => {
    const pipeline = await withFeed({ position: hourStart - 5 * hourMs });
    pipeline.api.failures.set('list', [apiError('unreachable')]);
    await run(pipeline);
    const why = 'the tenant was active and the feed active: The API said unreachable.';
    expect((await feedOf(pipeline))?.gaps).toMatchObject([{ from: hourStart - 5 * hourMs, why }]);
  });

  test.each(['up', 'down'])('stops when it reaches 2,000 in the middle, its destination being %s', async (standing) => {
    const pipeline = await withFeed({ openContents: 1999 });
    if (standing === 'down') await markDown(pipeline);
    pipeline.api.offer(id.contentType, 'one', pipeline.clock.now() - 1000, []);
    expect(await run(pipeline)).toMatchObject({ hours: 23 });
    expect(pipeline.api.calls.slice(0, 2)).toEqual([listCall('2026-11-22T10'), listCall('2026-11-15T12')]);
    expect(await feedOf(pipeline)).toMatchObject({ openContents: 2000 });
  });

  test('goes on past an hour that Microsoft cannot list, and keeps its position there', async () => {
    const pipeline = await withFeed();
    const error = apiError('server-failed');
    pipeline.api.failures.set(listCall('2026-11-20T05'), [error]);
    expect(await run(pipeline)).toEqual({ hours: 166, failure: { error } });
    expect(await feedOf(pipeline)).toMatchObject({
      position: Date.parse('2026-11-20T05:00:00Z'),
      detail: 'The API said server-failed.',
    });
    expect(await run(pipeline, 2)).toMatchObject({ failure: undefined });
    expect(await feedOf(pipeline)).toMatchObject({ position: pipeline.clock.now(), detail: undefined });
  });

  test('is left for the next cycle after five failed hours in a row', async () => {
    const pipeline = await withFeed();
    pipeline.api.failures.set('list', Array<Error>(20).fill(apiError('server-failed')));
    expect(await run(pipeline)).toMatchObject({ hours: 0 });
    expect(pipeline.api.calls).toHaveLength(5);
  });

  test('with five bad hours in a row has all others listed by the next cycle', async () => {
    const pipeline = await withFeed();
    const bad = ['14', '15', '16', '17', '18'].map((hour) => `2026-11-15T${hour}`);
    for (const hour of bad) pipeline.api.failures.set(listCall(hour), Array<Error>(9).fill(apiError('server-failed')));
    expect(await run(pipeline)).toMatchObject({ hours: 4 });
    expect(await run(pipeline, 2)).toMatchObject({ hours: 160 });
    expect((await pipeline.hours.all(id)).map(({ value }) => value.hour)).not.toEqual(expect.arrayContaining(bad));
    expect(await pipeline.hours.all(id)).toHaveLength(162);
    expect((await feedOf(pipeline))?.position).toBe(Date.parse('2026-11-15T14:00:00Z'));
    for (const hour of bad) pipeline.api.failures.delete(listCall(hour));
    await run(pipeline, 3);
    expect(await feedOf(pipeline)).toMatchObject({ position: pipeline.clock.now(), sweepFrom: undefined });
  });

  test.each(['throttled', 'unreachable', 'permission-missing', 'audit-off'] as const)(
    'is left at once when the API says %s',
    async (kind) => {
      const pipeline = await withFeed();
      const error = apiError(kind);
      pipeline.api.failures.set('list', [error]);
      expect(await run(pipeline)).toEqual({ hours: 0, failure: { error } });
      expect(pipeline.api.calls).toHaveLength(1);
    },
  );

  test('is not asked for an hour that slips out of reach on the way', async () => {
    const pipeline = await withFeed({}, { start: '2026-11-22T10:59:58Z' });
    pipeline.api.failures.set('list', [
      () => {
        pipeline.clock.advance(3000);
        return Promise.resolve();
      },
    ]);
    await run(pipeline);
    expect(pipeline.api.calls).not.toContain(listCall('2026-11-15T12'));
    expect(pipeline.api.calls).toContain(listCall('2026-11-15T13'));
  });

  test('that could not be listed for nine days has a gap for what is out of reach', async () => {
    const pipeline = await withFeed();
    await run(pipeline);
    const left = pipeline.clock.now();
    pipeline.clock.advance(9 * 24 * hourMs);
    await run(pipeline, 2);
    const gap = { from: left, to: Date.parse('2026-11-24T12:00:00Z') };
    expect((await feedOf(pipeline))?.gaps).toMatchObject([gap]);
    await run(pipeline, 3);
    expect(await feedOf(pipeline)).toMatchObject({ gaps: [gap], position: pipeline.clock.now() });
  });

  test('that was away for three months has its hours of two months looked at', async () => {
    const pipeline = await withFeed(
      { position: Date.parse('2026-08-10T00:00:00Z') },
      { start: '2026-11-03T10:30:00Z' },
    );
    await run(pipeline);
    expect((await feedOf(pipeline))?.position).toBe(pipeline.clock.now());
    expect((await feedOf(pipeline))?.gaps).toHaveLength(1);
  });

  test('that storage fails keeps what was listed before', async () => {
    let inserts = 0;
    const error = new StorageError('Storage did not answer.');
    const tables = meddledTables(createMemoryTables(), {
      before: (call) => {
        if (call === 'insert hours202611' && (inserts += 1) === 4) throw error;
      },
    });
    const pipeline = await withFeed({}, { tables });
    expect(await run(pipeline)).toEqual({ hours: 3, failure: { error } });
    expect((await feedOf(pipeline))?.position).toBe(hourStart - 164 * hourMs);
  });

  test('that an operator changed meanwhile is left as it is', async () => {
    const pipeline = await withFeed();
    pipeline.api.failures.set('list', [
      async () => {
        const [feed] = await pipeline.feeds.ofTenant(id.tenantId);
        if (feed) await pipeline.feeds.replace({ ...feed.value, state: 'stopped' }, feed.etag);
      },
    ]);
    expect(await run(pipeline)).toEqual({ hours: 167, failure: undefined });
    expect(await feedOf(pipeline)).toMatchObject({ state: 'stopped', position: undefined });
  });
});
