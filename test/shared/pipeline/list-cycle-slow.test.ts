import { describe, expect, test, vi } from 'vitest';

import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { eventsOf, failFor, feedOf, minute, other, withTenants } from './cycle-fixture.ts';
import { feed } from './listing-fixture.ts';

const everyMs = 5_000;

/** Two tenants, of which the API of the first does not answer until `answer` is called, or it is asked no more. */
async function withSlowTenant(): Promise<{ pipeline: TestPipeline; answer: () => void; asked: () => number }> {
  const pipeline = await withTenants([{}, { tenantId: other }]);
  const { api } = pipeline;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const listSubscriptions = api.listSubscriptions.bind(api);
  let asked = 0;
  api.listSubscriptions = async (tenant, signal) => {
    if (tenant.tenantId === tenantId) {
      asked += 1;
      const over = new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
      await Promise.race([promise, over]);
    }
    return listSubscriptions(tenant, signal);
  };
  return {
    pipeline,
    answer: () => {
      resolve(undefined);
    },
    asked: () => asked,
  };
}

const visitOf = async (pipeline: TestPipeline): Promise<number | undefined> =>
  (await feedOf(pipeline, other))?.visitedAt;

/** Moves on to the next cycle, and waits until the other tenant had its turn in it. */
async function nextCycle(pipeline: TestPipeline, after = everyMs): Promise<void> {
  pipeline.clock.advance(after);
  await vi.waitFor(async () => {
    expect(await visitOf(pipeline)).toBe(pipeline.clock.now());
  });
}

describe('a tenant that takes longer than until the next cycle', () => {
  test('keeps no other from it, and is not begun again before it is done', async () => {
    const { pipeline, answer, asked } = await withSlowTenant();
    const began = pipeline.clock.now();
    const run = listCycle(pipeline, everyMs);
    await vi.waitFor(async () => {
      expect(await visitOf(pipeline)).toBe(began);
    });
    for (let n = 0; n < 6; n += 1) await nextCycle(pipeline);
    expect(asked()).toBe(1);
    answer();
    await run;
    expect((await feedOf(pipeline))?.position).toBe(pipeline.clock.now());
    expect(await pipeline.marks.nextCycle()).toBe(8);
  });

  test('and is slow again and again, ends with the time for listing, and the run with it', async () => {
    const { pipeline, asked } = await withSlowTenant();
    const began = pipeline.clock.now();
    const every = 25_000;
    const run = listCycle(pipeline, every);
    await vi.waitFor(async () => {
      expect(await visitOf(pipeline)).toBe(began);
    });
    for (let n = 0; n < 14; n += 1) await nextCycle(pipeline, every);
    pipeline.clock.advance(every);
    await run;
    expect(asked()).toBeGreaterThan(1);
    expect(eventsOf(pipeline, 'listing-failed')).not.toEqual([]);
    expect(await visitOf(pipeline)).toBe(began + 14 * every);
  });

  test('has its open contents counted all the same, or they would keep it at its bound for ever', async () => {
    const { pipeline, answer } = await withSlowTenant();
    // The last run died before it counted.
    await pipeline.feeds.insert({ ...newFeed(feed), openContents: 2000 });
    const run = listCycle(pipeline, everyMs);
    const began = pipeline.clock.now();
    await vi.waitFor(async () => {
      expect(await visitOf(pipeline)).toBe(began);
    });
    await nextCycle(pipeline);
    expect((await feedOf(pipeline))?.openContents).toBe(2000);
    answer();
    await run;
    expect((await feedOf(pipeline))?.openContents).toBe(0);
  });

  test('is waited for although storage fails the others meanwhile', async () => {
    const { pipeline, answer } = await withSlowTenant();
    const began = pipeline.clock.now();
    const run = listCycle(pipeline, everyMs);
    await vi.waitFor(async () => {
      expect(await visitOf(pipeline)).toBe(began);
    });
    const error = new StorageError('Storage did not answer.');
    let ended = false;
    const outcome = run.catch((failure: unknown) => failure).finally(() => (ended = true));
    const nextNumber = vi.spyOn(pipeline.marks, 'nextCycle').mockRejectedValue(error);
    pipeline.clock.advance(everyMs);
    await vi.waitFor(() => {
      expect(nextNumber).toHaveBeenCalled();
    });
    expect(ended).toBe(false);
    answer();
    expect(await outcome).toBe(error);
    expect((await feedOf(pipeline))?.position).toBe(pipeline.clock.now());
  });

  test('finds our own credential refused in the end: nobody has a further cycle', async () => {
    const { pipeline, answer } = await withSlowTenant();
    const began = pipeline.clock.now();
    const run = listCycle(pipeline, everyMs);
    await vi.waitFor(async () => {
      expect(await visitOf(pipeline)).toBe(began);
    });
    await pipeline.marks.set('credential', 'entra', { until: began + minute, times: 1, reason: 'It was refused.' });
    pipeline.clock.advance(everyMs);
    await vi.waitFor(() => {
      expect(eventsOf(pipeline, 'listing-paused')).toHaveLength(1);
    });
    answer();
    await run;
    expect(await visitOf(pipeline)).toBe(began);
  });
});

test('when all are done in time, a run is one cycle', async () => {
  const pipeline = await withTenants([{}, { tenantId: other }]);
  failFor(pipeline, tenantId).error = apiError('server-failed');
  await listCycle(pipeline, everyMs);
  expect(await pipeline.marks.nextCycle()).toBe(2);
});
