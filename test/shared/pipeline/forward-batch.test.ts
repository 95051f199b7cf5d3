import { expect, test } from 'vitest';

import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline, tenantId } from '../../support/test-pipeline.ts';
import { createFaultyStorage } from './faulty-storage.ts';
import {
  feed,
  finish,
  forward,
  hour,
  list,
  listedContent,
  messagesOf,
  offerBody,
  onlyMessage,
  receivedIds,
  record,
  rowOf,
  rowsOf,
  turn,
} from './forwarding.ts';

test('a batch is fetched, delivered in one request and settled in one transaction', async () => {
  const storage = createFaultyStorage(createMemoryTables());
  const pipeline = createTestPipeline({ tables: storage.tables });
  const batch = await list(pipeline, [
    listedContent(pipeline, 'a', [record('1'), record('2')]),
    listedContent(pipeline, 'b', [record('3')]),
    listedContent(pipeline, 'c', []),
  ]);
  storage.arm(Infinity, 'before');

  await forward(pipeline, batch);

  expect(pipeline.destinations[0]?.deliveries).toHaveLength(1);
  expect(receivedIds(pipeline)).toEqual(['1', '2', '3']);
  const rows = await rowsOf(pipeline);
  expect(rows.map(({ id, state, owed, hold, records }) => ({ id, state, owed, hold, records }))).toEqual([
    { id: 'a', state: 'delivered', owed: [], hold: undefined, records: { delivered: 2, duplicates: 0, parked: 0 } },
    { id: 'b', state: 'delivered', owed: [], hold: undefined, records: { delivered: 1, duplicates: 0, parked: 0 } },
    { id: 'c', state: 'delivered', owed: [], hold: undefined, records: { delivered: 0, duplicates: 0, parked: 0 } },
  ]);
  expect(rows.every(({ settledAt }) => settledAt === pipeline.clock.now())).toBe(true);
  expect(storage.writes).toEqual(['transact ledger202611 3', 'transact ledger202611 3']);
  expect(messagesOf(pipeline)).toEqual([]);
});

test('what a destination is handed names tenant, customer, feed and hour, and the record as it was written', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const text = '{"Id":"1","CreationTime":"2026-11-22T10:00:00","n":12345678901234567890,"u":"\\u00e9","Id2":1.0}';
  offerBody(pipeline, 'a', `[${text}]`);

  await forward(pipeline, batch);

  const [delivery] = pipeline.destinations[0]?.deliveries ?? [];
  expect(delivery).toMatchObject({
    tenantId,
    customerName: 'Example Customer',
    contentType: 'Audit.Exchange',
    hour,
    records: [{ contentId: 'a', recordId: '1' }],
  });
  expect(pipeline.destinations[0]?.received()).toEqual([text]);
});

test('a slow content does not keep finished ones from being settled, and those share a transaction every 2 s', async () => {
  const storage = createFaultyStorage(createMemoryTables());
  const pipeline = createTestPipeline({ tables: storage.tables });
  const batch = await list(
    pipeline,
    ['a', 'b', 'c', 'slow'].map((id) => listedContent(pipeline, id)),
  );
  const slow = Promise.withResolvers<undefined>();
  const later = Promise.withResolvers<undefined>();
  const wait = (gate: Promise<undefined>) => async (): Promise<void> => {
    await gate;
  };
  pipeline.api.failures.set('fetch slow', [wait(slow.promise)]);
  pipeline.api.failures.set('fetch c', [wait(later.promise)]);
  storage.arm(Infinity, 'before');

  const work = forward(pipeline, batch);
  await turn();
  pipeline.clock.advance(200);
  await turn();
  later.resolve(undefined);
  await turn();
  pipeline.clock.advance(200);
  await turn();
  expect(receivedIds(pipeline)).toEqual(['a-1', 'b-1', 'c-1']);
  expect(storage.writes).toEqual(['transact ledger202611 4']);

  pipeline.clock.advance(1_799);
  await turn();
  expect(storage.writes).toHaveLength(1);
  pipeline.clock.advance(1);
  await turn();
  expect(storage.writes).toEqual(['transact ledger202611 4', 'transact ledger202611 3']);
  expect((await rowOf(pipeline, 'c')).state).toBe('delivered');
  expect((await rowOf(pipeline, 'slow')).state).toBe('queued');

  slow.resolve(undefined);
  await finish(pipeline.clock, work);
  expect((await rowOf(pipeline, 'slow')).state).toBe('delivered');
});

test('repeats inside a content are dropped and counted; records without Id or CreationTime never', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [
    listedContent(pipeline, 'a', [record('1'), record('1'), { Id: 'x' }, { Id: 'x' }, { n: 1 }, { n: 1 }, record('1')]),
  ]);

  await forward(pipeline, batch);

  expect(pipeline.destinations[0]?.received()).toHaveLength(5);
  expect(await rowOf(pipeline, 'a')).toMatchObject({
    state: 'delivered',
    records: { delivered: 5, duplicates: 2, parked: 0 },
  });
});

test('a record over 4 MB is parked alone and named, its neighbours are delivered', async () => {
  const pipeline = createTestPipeline();
  const big = { ...record('big'), text: 'x'.repeat(4 * 1024 * 1024) };
  const batch = await list(pipeline, [
    listedContent(pipeline, 'a', [record('1'), big, record('2')]),
    listedContent(pipeline, 'b'),
  ]);

  await forward(pipeline, batch);

  expect(receivedIds(pipeline)).toEqual(['1', '2', 'b-1']);
  expect(await rowOf(pipeline, 'a')).toMatchObject({
    state: 'parked',
    owed: [],
    reason: '1 of its records are parked',
    records: { delivered: 2, duplicates: 0, parked: 1 },
  });
  expect((await rowOf(pipeline, 'b')).state).toBe('delivered');
  const { parkedRecords } = await pipeline.ledger.hour(feed, hour);
  expect(parkedRecords).toMatchObject([{ contentId: 'a', ordinal: 1, recordId: 'big', destination: undefined }]);
  expect(parkedRecords[0]?.reason).toContain('4 MB');
  expect(messagesOf(pipeline)).toEqual([]);
});

test('a record that names another organisation is delivered all the same, and said', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [
    listedContent(pipeline, 'a', [{ ...record('1'), OrganizationId: '99999999-2222-3333-4444-555555555555' }]),
    listedContent(pipeline, 'b', [{ ...record('2'), OrganizationId: tenantId.toUpperCase() }]),
  ]);

  await forward(pipeline, batch);

  expect(receivedIds(pipeline)).toEqual(['1', '2']);
  expect(pipeline.events).toContainEqual({
    event: 'foreign-organization',
    level: 'warn',
    fields: { ...feed, hour, records: 1 },
  });
});

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

test('the address in the ledger counts, not the one in the message', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const forged = batch.contents.map((content) => ({ ...content, uri: 'https://evil.example/steal' }));

  await forward(pipeline, { ...batch, contents: forged });

  expect(pipeline.api.calls).toEqual(['fetch a']);
  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
});

test.each([
  ['gone', null],
  ['leaving with drop', { state: 'leaving', leaving: 'drop' }],
] as const)('the message of a tenant that is %s ends; Close settles', async (_name, tenant) => {
  const pipeline = createTestPipeline();
  const content = listedContent(pipeline, 'a');
  const batch = await list(pipeline, [content], tenant);

  await forward(pipeline, batch);

  expect(pipeline.api.calls).toEqual([]);
  expect(messagesOf(pipeline)).toEqual([]);
  expect(await rowOf(pipeline, 'a')).toEqual(content);
  expect(await pipeline.malformed.all()).toEqual([]);
});

test('a tenant that is leaving with drain is still served', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')], { state: 'leaving', leaving: 'drain' });

  await forward(pipeline, batch);

  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
});

test('a batch of a paused tenant is put back without a fetch and without a failure', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')], {
    state: 'paused',
  });

  await forward(pipeline, batch);

  expect(pipeline.api.calls).toEqual([]);
  expect(messagesOf(pipeline)).toMatchObject([{ contents: ['a', 'b'], attempt: 2, inSeconds: 900 }]);
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', attempt: 2, failures: 0, hold: undefined });
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
  for (const _ of [1, 2, 3, 4]) {
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

test('a defect of ours at one content ends the handler, but not before its neighbours are settled', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
  pipeline.api.failures.set('fetch b', [new TypeError('defect')]);

  await expect(finish(pipeline.clock, forward(pipeline, batch))).rejects.toThrow('defect');

  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
  expect(await rowOf(pipeline, 'b')).toMatchObject({ state: 'queued', attempt: 1, failures: 0, hold: undefined });
});
