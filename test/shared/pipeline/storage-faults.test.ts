import { describe, expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { type Batch, printBatch } from '../../../shared/pipeline/batch-message.ts';
import type { Pipeline } from '../../../shared/pipeline/pipeline.ts';
import { receivePoison } from '../../../shared/pipeline/receive-message.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { createFaultyStorage, type FaultMode, type FaultyStorage } from './faulty-storage.ts';
import {
  finish,
  forward,
  list,
  listedContent,
  messagesOf,
  offerBody,
  receivedIds,
  rowOf,
  rowsOf,
} from './forwarding.ts';
import { createTestHost } from './test-host.ts';

interface Scene {
  readonly pipeline: TestPipeline;
  /** The same with faulty storage. */
  readonly worker: Pipeline;
  readonly storage: FaultyStorage;
}

function createScene(destinations: readonly string[]): Scene {
  const storage = createFaultyStorage(createMemoryTables());
  const pipeline = createTestPipeline({ tables: storage.tables, destinations });
  return { pipeline, storage, worker: { ...pipeline, queue: storage.queue(pipeline.queue) } };
}

const down = new DestinationError('Destination archive is down; wait.', { kind: 'unavailable' });

/** Everything that a batch may meet at once: each write of its course is made to fail in turn. */
async function prepare({ pipeline }: Scene) {
  const batch = await list(pipeline, [
    listedContent(pipeline, 'bad'),
    listedContent(pipeline, 'good'),
    listedContent(pipeline, 'late'),
    listedContent(pipeline, 'lost'),
    listedContent(pipeline, 'throttled'),
  ]);
  offerBody(pipeline, 'bad', '{"Id":');
  pipeline.api.failures.set('fetch late', [apiError('server-failed')]);
  pipeline.api.failures.set(
    'fetch lost',
    Array.from({ length: 9 }, () => apiError('content-expired')),
  );
  pipeline.api.failures.set('fetch throttled', [apiError('throttled', 60_000)]);
  // Down for the first batch, its retries included.
  pipeline.destinations[1]?.failures.push(...Array.from({ length: 4 }, () => down));
  return batch;
}

/** How many writes the first delivery of the batch makes when nothing fails. */
async function countWrites(): Promise<number> {
  const scene = createScene(['soc', 'archive']);
  const batch = await prepare(scene);
  scene.storage.arm(Infinity, 'before');
  await finish(scene.pipeline.clock, forward(scene.worker, batch));
  return scene.storage.writes.length;
}

const writes = await countWrites();

test('the course that is broken in turn has writes of each kind', () => {
  expect(writes).toBeGreaterThanOrEqual(8);
});

describe.each(['before', 'after', 'down'] satisfies FaultMode[])('a write that fails: %s', (mode) => {
  test.each(Array.from({ length: writes }, (_, index) => index + 1))('number %i: nothing is lost', async (number) => {
    const scene = createScene(['soc', 'archive']);
    const { pipeline, storage, worker } = scene;
    const batch = await prepare(scene);
    storage.arm(number, mode);
    let failure: unknown;
    const work = finish(pipeline.clock, forward(worker, batch)).catch((error: unknown) => {
      failure = error;
    });
    await work;
    const doneBefore = (await rowsOf(pipeline)).filter(({ state }) => state === 'delivered').map(({ id }) => id);
    const fetchedBefore = pipeline.api.calls.filter((call) => doneBefore.includes(call.slice('fetch '.length)));
    storage.heal();
    if (failure !== undefined) {
      expect(failure).toBeInstanceOf(StorageError);
      if (mode !== 'down') expect((await rowsOf(pipeline)).filter(({ hold }) => hold !== undefined)).toEqual([]);
      // The message comes back by itself, as the host's would.
      pipeline.clock.advance(5 * 60_000);
      await finish(pipeline.clock, forward(worker, batch, { dequeueCount: 2 })).catch(() => undefined);
    }
    const host = createTestHost(pipeline);
    await host.drain();

    expect(host.errors).toEqual([]);
    const rows = await rowsOf(pipeline);
    expect(rows.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'bad parked',
      'good delivered',
      'late delivered',
      'lost lost',
      'throttled delivered',
    ]);
    expect(rows.filter(({ hold }) => hold !== undefined)).toEqual([]);
    expect(rows.every(({ deaths }) => deaths === 0)).toBe(true);
    for (const destination of [0, 1]) {
      expect([...new Set(receivedIds(pipeline, destination))].sort()).toEqual(['good-1', 'late-1', 'throttled-1']);
    }
    // What the ledger calls delivered is never fetched again.
    expect(pipeline.api.calls.filter((call) => doneBefore.includes(call.slice('fetch '.length)))).toEqual(
      fetchedBefore,
    );
  });
});

describe.each(['before', 'after', 'down'] satisfies FaultMode[])('apart and poison, a write that fails: %s', (mode) => {
  const steps = {
    apart: (worker: Pipeline, batch: Batch) => forward(worker, batch, { dequeueCount: 2 }),
    poison: (worker: Pipeline, batch: Batch) => receivePoison(worker, JSON.parse(printBatch(batch)) as unknown),
  };
  const numbers = [1, 2, 3, 4, 5, 6, 7];
  test.each([...numbers.map((n) => ['apart', n] as const), ...numbers.map((n) => ['poison', n] as const)])(
    '%s, number %i: the message comes back and nothing is lost',
    async (step, number) => {
      const { pipeline, storage, worker } = createScene(['soc']);
      const batch = await list(pipeline, [
        listedContent(pipeline, 'a'),
        listedContent(pipeline, 'b'),
        listedContent(pipeline, 'c', undefined, { failures: step === 'poison' ? 5 : 0 }),
      ]);
      storage.arm(number, mode);
      const failed = await steps[step](worker, batch).then(
        () => false,
        () => true,
      );
      storage.heal();
      pipeline.clock.advance(5 * 60_000);
      if (failed) await steps[step](worker, batch);
      const host = createTestHost(pipeline);
      await host.drain();

      expect(host.errors).toEqual([]);
      expect((await rowsOf(pipeline)).map(({ state }) => state)).toEqual([
        'delivered',
        'delivered',
        step === 'poison' ? 'parked' : 'delivered',
      ]);
      expect(receivedIds(pipeline).sort()).toEqual(step === 'poison' ? ['a-1', 'b-1'] : ['a-1', 'b-1', 'c-1']);
    },
  );
});

test('a taking that was done although it failed leaves no hold, so that no death is counted', async () => {
  const { pipeline, storage, worker } = createScene(['soc']);
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  storage.arm(1, 'after');

  await expect(forward(worker, batch)).rejects.toBeInstanceOf(StorageError);
  expect((await rowOf(pipeline, 'a')).hold).toBeUndefined();

  pipeline.clock.advance(5 * 60_000);
  await forward(worker, batch, { dequeueCount: 2 });
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', deaths: 0 });
});

test('a settling that fails on the way is made good at the end of the batch, without a second delivery', async () => {
  const { pipeline, storage, worker } = createScene(['soc']);
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'slow')]);
  const slow = Promise.withResolvers<undefined>();
  pipeline.api.failures.set('fetch slow', [
    async () => {
      await slow.promise;
    },
  ]);
  // The taking and what was seen come before it.
  storage.arm(3, 'before');
  const work = forward(worker, batch);
  const opened = (async () => {
    while (storage.writes.length < 3) await new Promise((resolve) => setImmediate(resolve));
    slow.resolve(undefined);
  })();

  await finish(pipeline.clock, Promise.all([work, opened]));

  expect((await rowsOf(pipeline)).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  expect(receivedIds(pipeline)).toEqual(['a-1', 'slow-1']);
  expect(messagesOf(pipeline)).toEqual([]);
});

test('a failure that is counted twice because the answer was lost counts once', async () => {
  const { pipeline, worker } = createScene(['soc']);
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  offerBody(pipeline, 'a', '{"Id":');
  let rounds = 0;
  const { ledger } = pipeline;
  // As when the client's own retry meets what its first try did: a conflict with ourselves.
  const retrying: Pipeline = {
    ...worker,
    ledger: {
      ...ledger,
      async replace(feed, hour, changes) {
        const etags = await ledger.replace(feed, hour, changes);
        if (changes.some(({ value }) => value.failures > 0) && (rounds += 1) === 1) {
          return await ledger.replace(feed, hour, changes);
        }
        return etags;
      },
    },
  };

  await forward(retrying, batch);

  expect(rounds).toBeGreaterThan(1);
  expect((await rowOf(pipeline, 'a')).failures).toBe(1);
});

test('reads that fail end the handler with holds released', async () => {
  const { pipeline, worker } = createScene(['soc']);
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const failed = (): Promise<never> => Promise.reject(new StorageError('The table marks did not answer; try again.'));

  const marksDown = { ...worker, marks: { ...worker.marks, recent: failed } };
  await expect(forward(marksDown, batch)).rejects.toBeInstanceOf(StorageError);
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', hold: undefined });

  const ledgerDown = { ...worker, ledger: { ...worker.ledger, contents: failed } };
  await expect(forward(ledgerDown, batch)).rejects.toBeInstanceOf(StorageError);
  const tenantsDown = { ...worker, tenants: { ...worker.tenants, get: failed } };
  await expect(forward(tenantsDown, batch)).rejects.toBeInstanceOf(StorageError);
  expect(messagesOf(pipeline)).toEqual([]);
});

test('a storage that fails at every delivery sends the message to the poison queue and back, and parks nothing', async () => {
  const { pipeline } = createScene(['soc']);
  await list(pipeline, [listedContent(pipeline, 'a')]);
  const [row] = await rowsOf(pipeline);
  if (row === undefined) throw new Error('unreachable');
  // Two reads a delivery: five deliveries fail, and one of what the poison queue sent back.
  let failures = 12;
  const marks = {
    ...pipeline.marks,
    recent: (...key: Parameters<typeof pipeline.marks.get>) =>
      (failures -= 1) >= 0
        ? Promise.reject(new StorageError('The table marks did not answer; try again.'))
        : pipeline.marks.get(...key),
  };
  await pipeline.queue.send(
    JSON.stringify({
      v: 1,
      tenantId: '11111111-2222-3333-4444-555555555555',
      contentType: 'Audit.Exchange',
      hour: '2026-11-22T10',
      attempt: 1,
      contents: [
        {
          id: 'a',
          uri: row.uri,
          created: new Date(row.created).toISOString(),
          expires: new Date(row.expires).toISOString(),
        },
      ],
    }),
    0,
  );
  const host = createTestHost(pipeline, { ...pipeline, marks });

  await host.drain();

  expect(host.errors).toHaveLength(6);
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', failures: 0, deaths: 0 });
  expect(receivedIds(pipeline)).toEqual(['a-1']);
});
