import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';

import { noSums } from '../../../shared/pipeline/hour-sums.ts';
import { listParked } from '../../../shared/pipeline/parked.ts';
import { receiveMessage } from '../../../shared/pipeline/receive-message.ts';
import { replayParked } from '../../../shared/pipeline/replay-parked.ts';
import { RowConflict, StorageError } from '../../../shared/state/table.ts';
import { byKey } from '../../../shared/tenants/note-history.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import {
  feed,
  forward,
  hour,
  list,
  listedContent,
  messagesOf,
  onlyMessage,
  receivedIds,
  recordsOf,
  rowOf,
} from './forwarding.ts';
import { parked, withParked, withParkedRecords } from './parked-fixture.ts';

const recordStates = async (pipeline: TestPipeline): Promise<string[]> =>
  (await recordsOf(pipeline)).map(({ state }) => state);

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
