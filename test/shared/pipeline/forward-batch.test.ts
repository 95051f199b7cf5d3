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
  expect(storage.writes).toEqual(['transact ledger202611 3', 'put seen202611', 'transact ledger202611 3']);
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
  const ledgerWrites = (): string[] => storage.writes.filter((write) => write.includes('ledger'));
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
  expect(ledgerWrites()).toEqual(['transact ledger202611 4']);

  pipeline.clock.advance(1_799);
  await turn();
  expect(ledgerWrites()).toHaveLength(1);
  pipeline.clock.advance(1);
  await turn();
  expect(ledgerWrites()).toEqual(['transact ledger202611 4', 'transact ledger202611 3']);
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
  expect(pipeline.events).toContainEqual(expect.objectContaining({ event: 'record-parked', level: 'warn' }));
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
