import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';

import { noSums } from '../../../shared/pipeline/hour-sums.ts';
import { listParked } from '../../../shared/pipeline/parked.ts';
import { receiveMessage } from '../../../shared/pipeline/receive-message.ts';
import { replayParked } from '../../../shared/pipeline/replay-parked.ts';
import type { LedgerContent, ParkedRecord } from '../../../shared/state/ledger-row.ts';
import { RowConflict, StorageError } from '../../../shared/state/table.ts';
import { byKey } from '../../../shared/tenants/note-history.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { feed, forward, hour, list, listedContent, messagesOf, onlyMessage, receivedIds, rowOf } from './forwarding.ts';

const parked = { state: 'parked', failures: 5, reason: 'It was rejected.', lastError: 'It was rejected.' } as const;

/** Two parked contents, one delivered. */
async function withParked(): Promise<TestPipeline> {
  const pipeline = createTestPipeline();
  await list(pipeline, [
    listedContent(pipeline, 'a', undefined, { ...parked, deaths: 3, attempt: 5, settledAt: 1 }),
    listedContent(pipeline, 'b', undefined, parked),
    listedContent(pipeline, 'done', [], { state: 'delivered', owed: [] }),
  ]);
  return pipeline;
}

/** A content of which two records are parked: one everywhere, the other, without an Id, at one of two destinations. */
async function withParkedRecords(change: Partial<LedgerContent> = {}): Promise<TestPipeline> {
  const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
  await list(pipeline, [
    listedContent(pipeline, 'a', undefined, { state: 'parked', owed: [], hasRecordRows: true, attempt: 2, ...change }),
  ]);
  const { contents } = await pipeline.ledger.hour(feed, hour);
  const row = { contentId: 'a', state: 'parked', firstSeen: pipeline.clock.now() - 1000 } as const;
  const parkedRecords: ParkedRecord[] = [
    { ...row, destination: undefined, ordinal: 1, recordId: 'big', reason: 'It is over 4 MB long.' },
    { ...row, destination: 'soc', ordinal: 2, recordId: undefined, reason: 'The destination soc said: no.' },
    { ...row, destination: 'archive', ordinal: 3, recordId: 'was', reason: 'It was refused.', state: 'delivered' },
    { ...row, destination: 'archive', ordinal: 4, recordId: 'may', reason: 'It is refused.', state: 'refused' },
  ];
  await pipeline.ledger.replace(
    feed,
    hour,
    contents.map((content) => ({ ...content, parkedRecords })),
  );
  return pipeline;
}

const recordStates = async (pipeline: TestPipeline): Promise<string[]> =>
  (await pipeline.ledger.hour(feed, hour)).parkedRecords.map(({ state }) => state);

/** The retention of 30 days after the last hour of November. */
const forgotten = Date.parse('2026-12-31T00:00:00Z');

describe('listing', () => {
  test('a parked content, as the API shows it', async () => {
    const pipeline = await withParked();
    const row = await rowOf(pipeline, 'a');
    expect((await listParked(pipeline)).find(({ contentId }) => contentId === 'a')).toEqual({
      tenantId,
      contentType: 'Audit.Exchange',
      contentId: 'a',
      reason: 'It was rejected.',
      failures: 5,
      firstSeen: row.firstSeen,
      lastError: 'It was rejected.',
      replayableUntil: row.expires,
    });
  });

  test.each([['parked'], ['queued'], ['waiting']] as const)(
    'a content that is %s shows one entry for each of its parked records',
    async (state) => {
      const pipeline = await withParkedRecords({ state });
      const common = { tenantId, contentType: 'Audit.Exchange', contentId: 'a', failures: 0 };
      const firstSeen = pipeline.clock.now() - 1000;
      expect(await listParked(pipeline)).toEqual(
        [
          { recordId: 'big', reason: 'It is over 4 MB long.' },
          { recordId: null, reason: 'The destination soc said: no.' },
        ].map((one) => ({ ...common, ...one, lastError: one.reason, firstSeen, replayableUntil: forgotten })),
      );
    },
  );

  test('a content that failed and has parked records besides shows both', async () => {
    const pipeline = await withParkedRecords({ ...parked, owed: ['soc'] });
    const entries = await listParked(pipeline);
    expect(entries.map((entry) => 'recordId' in entry)).toEqual([true, true, false]);
  });

  test('a saved content can be replayed until it is forgotten, one that has expired unsaved cannot', async () => {
    const pipeline = await withParked();
    const { contents } = await pipeline.ledger.hour(feed, hour);
    const saved = contents.filter(({ value }) => value.id === 'a');
    await pipeline.ledger.replace(
      feed,
      hour,
      saved.map(({ value, etag }) => ({ value: { ...value, saved: true }, etag })),
    );
    pipeline.clock.advance(8 * 86_400_000);
    expect(await listParked(pipeline)).toMatchObject([
      { contentId: 'a', reason: 'It was rejected.', replayableUntil: forgotten },
      { contentId: 'b', reason: 'It was rejected. It has expired, so it cannot be replayed.', replayableUntil: null },
    ]);
  });

  test('is ordered by first sight and holds malformed messages, which belong to nobody', async () => {
    const pipeline = await withParked();
    pipeline.clock.advance(1_000);
    await receiveMessage(pipeline, 'hello', { messageId: 'm1', dequeueCount: 1 });
    const entries = await listParked(pipeline);
    expect(entries.map((entry) => entry.tenantId)).toEqual([tenantId, tenantId, null]);
    expect(entries[2]).toMatchObject({
      contentType: null,
      replayableUntil: null,
      lastError: 'The message is not JSON.',
    });
    expect(entries[2]?.reason).toContain('hello');
    expect(await listParked(pipeline, { tenantId })).toHaveLength(2);
    expect(await listParked(pipeline, { contentIds: ['b'] })).toMatchObject([{ contentId: 'b' }]);
  });
});

describe('replay', () => {
  test('queues a content again with no failures to its name, as a new attempt at once', async () => {
    const pipeline = await withParked();
    expect(await replayParked(pipeline, { contentIds: ['a'] }, byKey)).toBe(1);

    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'queued',
      owed: ['soc'],
      failures: 0,
      deaths: 0,
      attempt: 6,
      due: pipeline.clock.now(),
      reason: undefined,
      settledAt: undefined,
    });
    expect((await rowOf(pipeline, 'b')).state).toBe('parked');
    const message = onlyMessage(pipeline);
    expect(message).toMatchObject({ contents: ['a'], attempt: 6, inSeconds: 0 });
    await forward(pipeline, message.batch);
    expect(receivedIds(pipeline)).toEqual(['a-1']);
    expect((await listParked(pipeline)).map(({ contentId }) => contentId)).toEqual(['b']);
  });

  test.each([
    ['everything', {}, 2],
    ['its tenant', { tenantId }, 2],
    ['another tenant', { tenantId: '99999999-2222-3333-4444-555555555555' }, 0],
    ['its type', { contentType: 'Audit.Exchange' }, 2],
    ['another type', { contentType: 'DLP.All' }, 0],
    ['tenant, type and ids', { tenantId, contentType: 'Audit.Exchange', contentIds: ['b', 'done', 'unknown'] }, 1],
    ['no ids', { contentIds: [] }, 0],
  ] as const)('of %s', async (_name, filter, count) => {
    const pipeline = await withParked();
    expect(await replayParked(pipeline, filter, byKey)).toBe(count);
    expect(messagesOf(pipeline)).toHaveLength(count);
    expect(await rowOf(pipeline, 'done')).toMatchObject({ state: 'delivered' });
  });

  test('leaves out what has expired: the API would not give it', async () => {
    const pipeline = await withParked();
    pipeline.clock.advance((await rowOf(pipeline, 'a')).expires - pipeline.clock.now());
    expect(await replayParked(pipeline, {}, byKey)).toBe(0);
    expect(await rowOf(pipeline, 'a')).toMatchObject(parked);
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('opens the hour again, also when the lister writes it at the same moment', async () => {
    const pipeline = await withParked();
    const closed = async (): Promise<void> => {
      const row = await pipeline.hours.get(feed, hour);
      if (row) await pipeline.hours.replace(feed, { ...row.value, open: false, sums: noSums }, row.etag);
    };
    await closed();
    let races = 1;
    const racing = {
      ...pipeline,
      hours: {
        ...pipeline.hours,
        replace: async (...change: Parameters<typeof pipeline.hours.replace>) => {
          if ((races -= 1) >= 0) await closed();
          return pipeline.hours.replace(...change);
        },
      },
    };

    expect(await replayParked(racing, {}, byKey)).toBe(2);

    expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({ open: true, sums: undefined });
    expect(await pipeline.openHours.all()).toMatchObject([{ feed, hour }]);
  });

  test('gives up when others write the hour without an end', async () => {
    const pipeline = await withParked();
    const row = await pipeline.hours.get(feed, hour);
    if (row) await pipeline.hours.replace(feed, { ...row.value, open: false }, row.etag);
    const replace = (): Promise<never> => Promise.reject(new RowConflict('Another came first; read again.'));
    const racing = { ...pipeline, hours: { ...pipeline.hours, replace } };
    await expect(replayParked(racing, {}, byKey)).rejects.toBeInstanceOf(RowConflict);
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('of a content that another replayed meanwhile counts nothing and sends nothing', async () => {
    const pipeline = await withParked();
    const { ledger } = pipeline;
    const racing = {
      ...pipeline,
      ledger: {
        ...ledger,
        replace: async (...change: Parameters<typeof ledger.replace>) => {
          if ((await rowOf(pipeline, 'a')).state === 'parked') await replayParked(pipeline, {}, byKey);
          return ledger.replace(...change);
        },
      },
    };
    expect(await replayParked(racing, {}, byKey)).toBe(0);
    expect(messagesOf(pipeline)).toHaveLength(2);
  });

  test('of a content that is parked only for its records sends only those that are parked', async () => {
    const pipeline = await withParkedRecords();
    expect(await replayParked(pipeline, { contentIds: ['a'] }, byKey)).toBe(1);
    expect(await recordStates(pipeline)).toEqual(['queued', 'queued', 'delivered', 'refused']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', owed: [], attempt: 3, reason: undefined });
    expect(onlyMessage(pipeline)).toMatchObject({ contents: ['a'], attempt: 3 });
    expect(await listParked(pipeline)).toEqual([]);
  });

  test.each([
    ['queued', ['archive']],
    ['waiting', ['archive']],
    ['parked', ['archive']],
  ] as const)('of a content that is %s sends its parked records along', async (state, owed) => {
    const pipeline = await withParkedRecords({ state, owed, lastError: 'The destination archive is down.' });
    expect(await replayParked(pipeline, {}, byKey)).toBe(1);
    expect(await recordStates(pipeline)).toEqual(['queued', 'queued', 'delivered', 'refused']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', owed, attempt: 3 });
  });

  test('of a lost content sends its parked records, and leaves it lost', async () => {
    const pipeline = await withParkedRecords({ state: 'lost', owed: ['archive'] });
    for (const ordinal of [1, 2])
      await pipeline.saved.saveRecord({ feed, hour, contentId: 'a' }, ordinal, Readable.from([Buffer.from('{}')]));
    pipeline.api.failures.set('fetch', [apiError('content-expired')]);
    pipeline.clock.advance(20 * 86_400_000);
    expect(await replayParked(pipeline, {}, byKey)).toBe(1);
    await forward(pipeline, onlyMessage(pipeline).batch);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'lost', owed: ['archive'] });
    expect(pipeline.destinations[0]?.received().length).toBe(2);
  });

  test('works past the expiry for what was saved: records, and contents whose row says so', async () => {
    const pipeline = await withParkedRecords();
    pipeline.clock.advance(20 * 86_400_000);
    expect(await replayParked(pipeline, {}, byKey)).toBe(1);

    const whole = createTestPipeline();
    await list(whole, [listedContent(whole, 'a', undefined, { ...parked, saved: true })]);
    whole.clock.advance(20 * 86_400_000);
    expect(await replayParked(whole, {}, byKey)).toBe(1);
  });

  test('leaves records alone whose destination is no longer configured', async () => {
    const pipeline = await withParkedRecords();
    const { destinations } = pipeline;
    const without = { ...pipeline, destinations: destinations.filter(({ name }) => name !== 'soc') };
    expect(await replayParked(without, {}, byKey)).toBe(1);
    expect(await recordStates(pipeline)).toEqual(['queued', 'parked', 'delivered', 'refused']);
  });

  test('leaves alone what a worker has in hand', async () => {
    const pipeline = createTestPipeline();
    const until = pipeline.clock.now() + 1;
    await list(pipeline, [
      listedContent(pipeline, 'a', undefined, { ...parked, hold: { by: 'm/1', until, alone: true } }),
    ]);
    expect(await replayParked(pipeline, {}, byKey)).toBe(0);
    pipeline.clock.advance(1);
    expect(await replayParked(pipeline, {}, byKey)).toBe(1);
  });

  test('cannot be had for a malformed message', async () => {
    const pipeline = createTestPipeline();
    await receiveMessage(pipeline, 'hello', { messageId: 'm1', dequeueCount: 1 });
    const [entry] = await listParked(pipeline);
    expect(await replayParked(pipeline, { contentIds: [entry?.contentId ?? ''] }, byKey)).toBe(0);
  });

  test('whose message cannot be sent says so; the row is queued, for Close to find', async () => {
    const pipeline = await withParked();
    const send = (): Promise<never> => Promise.reject(new StorageError('The queue did not answer; try again.'));
    await expect(replayParked({ ...pipeline, queue: { ...pipeline.queue, send } }, {}, byKey)).rejects.toBeInstanceOf(
      StorageError,
    );
    expect((await rowOf(pipeline, 'a')).state).toBe('queued');
  });
});
