import { expect, test } from 'vitest';

import { StorageError } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { createFaultyStorage } from './faulty-storage.ts';
import {
  finish,
  forward,
  list,
  listedContent,
  messagesOf,
  onlyMessage,
  receivedIds,
  rowOf,
  turn,
} from './forwarding.ts';

test('settled contents, newer attempts and contents that another message holds are left out', async () => {
  const pipeline = createTestPipeline();
  const until = pipeline.clock.now() + 60_000;
  const rows = [
    listedContent(pipeline, 'delivered', [], { state: 'delivered', owed: [] }),
    listedContent(pipeline, 'parked', [], { state: 'parked' }),
    listedContent(pipeline, 'lost', [], { state: 'lost' }),
    listedContent(pipeline, 'newer', [], { attempt: 2 }),
    listedContent(pipeline, 'held', [], { hold: { by: 'other/1', until, alone: false } }),
    listedContent(pipeline, 'open'),
    listedContent(pipeline, 'run-out', undefined, {
      hold: { by: 'other/1', until: pipeline.clock.now(), alone: true },
    }),
  ];
  const batch = await list(pipeline, rows);

  await forward(pipeline, batch);

  expect(pipeline.api.calls).toEqual(['fetch open', 'fetch run-out']);
  for (const id of ['delivered', 'parked', 'lost', 'newer', 'held']) {
    expect(await rowOf(pipeline, id)).toEqual(rows.find((row) => row.id === id));
  }
  // Another message's death is not this content's.
  expect(await rowOf(pipeline, 'run-out')).toMatchObject({ state: 'delivered', deaths: 0 });
  expect(messagesOf(pipeline)).toEqual([]);
});

test('with nothing left to do a message ends without a write', async () => {
  const storage = createFaultyStorage(createMemoryTables());
  const pipeline = createTestPipeline({ tables: storage.tables });
  const batch = await list(pipeline, [listedContent(pipeline, 'a', [], { state: 'delivered', owed: [] })]);
  storage.arm(Infinity, 'before');

  await forward(pipeline, batch);

  expect(storage.writes).toEqual([]);
  expect(pipeline.api.calls).toEqual([]);
});

test('a hold of the same message is taken over by its next delivery, never by an earlier one', async () => {
  const pipeline = createTestPipeline();
  const until = pipeline.clock.now() + 60_000;
  const batch = await list(pipeline, [
    listedContent(pipeline, 'a', undefined, { hold: { by: 'm1/2', until, alone: true } }),
  ]);

  await forward(pipeline, batch, { dequeueCount: 1 });
  expect(pipeline.api.calls).toEqual([]);
  await forward(pipeline, batch, { dequeueCount: 3 });
  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
});

test('holds are taken for 60 s and renewed every 20 s while work goes on', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
  const gate = Promise.withResolvers<undefined>();
  pipeline.api.failures.set('fetch a', [
    async () => {
      await gate.promise;
    },
  ]);
  const begun = pipeline.clock.now();
  const work = forward(pipeline, batch);
  await turn();
  expect((await rowOf(pipeline, 'a')).hold).toEqual({ by: 'm1/1', until: begun + 60_000, alone: false });
  for (let renewals = 1; renewals <= 4; renewals += 1) {
    pipeline.clock.advance(20_000);
    await turn();
  }
  expect((await rowOf(pipeline, 'a')).hold?.until).toBe(begun + 140_000);
  // Settled meanwhile, hence nobody's.
  expect((await rowOf(pipeline, 'b')).hold).toBeUndefined();

  await forward(pipeline, batch, { messageId: 'other' });
  expect(pipeline.api.calls).toEqual(['fetch a', 'fetch b']);
  gate.resolve(undefined);
  await finish(pipeline.clock, work);
  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
});

test('a renewal that fails is said and does not end the work', async () => {
  const storage = createFaultyStorage(createMemoryTables());
  const pipeline = createTestPipeline({ tables: storage.tables });
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const gate = Promise.withResolvers<undefined>();
  pipeline.api.failures.set('fetch a', [
    async () => {
      await gate.promise;
    },
  ]);
  const work = forward(pipeline, batch);
  await turn();
  storage.arm(1, 'before');
  pipeline.clock.advance(20_000);
  await turn();
  expect(pipeline.events.map(({ event }) => event)).toContain('hold-not-renewed');
  pipeline.clock.advance(20_000);
  await turn();
  expect((await rowOf(pipeline, 'a')).hold?.until).toBe(pipeline.clock.now() + 60_000);
  gate.resolve(undefined);
  await finish(pipeline.clock, work);
  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
});

test('after four minutes no new content is begun; those are put back together, without a failure', async () => {
  const pipeline = createTestPipeline();
  const ids = Array.from({ length: 22 }, (_, index) => `c${String(index).padStart(2, '0')}`);
  const batch = await list(
    pipeline,
    ids.map((id) => listedContent(pipeline, id)),
  );
  const gates = ids.slice(0, 20).map((id) => {
    const gate = Promise.withResolvers<undefined>();
    pipeline.api.failures.set(`fetch ${id}`, [
      async () => {
        await gate.promise;
      },
    ]);
    return gate;
  });
  const work = forward(pipeline, batch);
  await turn();
  pipeline.clock.advance(4 * 60_000 + 1);
  for (const gate of gates) gate.resolve(undefined);
  await finish(pipeline.clock, work);

  expect(pipeline.api.calls).toHaveLength(20);
  expect(receivedIds(pipeline)).toHaveLength(20);
  expect(onlyMessage(pipeline)).toMatchObject({ contents: ['c20', 'c21'], attempt: 2 });
  expect(await rowOf(pipeline, 'c20')).toMatchObject({ state: 'queued', attempt: 2, failures: 0, hold: undefined });
});

test('after eight minutes the content in hand is broken off and put back; its neighbours stay settled', async () => {
  const base = createTestPipeline();
  const pipeline = {
    ...base,
    api: {
      ...base.api,
      fetchContent: (...[tenant, uri, signal]: Parameters<typeof base.api.fetchContent>) => {
        if (!uri.endsWith('hangs')) return base.api.fetchContent(tenant, uri, signal);
        return new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
      },
    },
  };
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'hangs')]);
  const work = forward(pipeline, batch);
  await turn();
  pipeline.clock.advance(200);
  await turn();
  pipeline.clock.advance(8 * 60_000 - 201);
  await turn();
  expect(messagesOf(pipeline)).toEqual([]);
  pipeline.clock.advance(1);
  await work;

  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
  expect(await rowOf(pipeline, 'hangs')).toMatchObject({ state: 'queued', attempt: 2, failures: 0, hold: undefined });
  expect((await rowOf(pipeline, 'hangs')).lastError).toContain('480 s');
  expect(onlyMessage(pipeline).contents).toEqual(['hangs']);
  expect(await pipeline.marks.all('throttled')).toEqual(new Map());
});

test('our storage failing at one content ends the handler, but not before its neighbours are settled', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
  pipeline.api.failures.set('fetch b', [new StorageError('Storage is down.')]);

  await expect(finish(pipeline.clock, forward(pipeline, batch))).rejects.toThrow('Storage is down.');

  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
  expect(await rowOf(pipeline, 'b')).toMatchObject({ state: 'queued', attempt: 1, failures: 0, hold: undefined });
});
