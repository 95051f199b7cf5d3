import { describe, expect, test } from 'vitest';

import { listParked, replayParked } from '../../../shared/pipeline/parked.ts';
import { receiveMessage } from '../../../shared/pipeline/receive-message.ts';
import { RowConflict, StorageError } from '../../../shared/state/table.ts';
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
  record,
  rowOf,
} from './forwarding.ts';

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

const bigRecord = { ...record('big'), text: 'x'.repeat(4 * 1024 * 1024) };

async function withParkedRecord(): Promise<TestPipeline> {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [
    listedContent(pipeline, 'a', [record('1'), bigRecord, { text: bigRecord.text }]),
  ]);
  await forward(pipeline, batch);
  return pipeline;
}

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

  test('a content of which records are parked shows one entry a record', async () => {
    const pipeline = await withParkedRecord();
    const entries = await listParked(pipeline);
    expect(entries.map(({ contentId, recordId }) => ({ contentId, recordId }))).toEqual([
      { contentId: 'a', recordId: 'big' },
      { contentId: 'a', recordId: null },
    ]);
    expect(entries[0]?.reason).toContain('4 MB');
    expect(entries[0]?.failures).toBe(0);
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
    expect(await replayParked(pipeline, { contentIds: ['a'] })).toBe(1);

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
    expect(await replayParked(pipeline, filter)).toBe(count);
    expect(messagesOf(pipeline)).toHaveLength(count);
    expect(await rowOf(pipeline, 'done')).toMatchObject({ state: 'delivered' });
  });

  test('leaves out what has expired: the API would not give it', async () => {
    const pipeline = await withParked();
    pipeline.clock.advance((await rowOf(pipeline, 'a')).expires - pipeline.clock.now());
    expect(await replayParked(pipeline, {})).toBe(0);
    expect(await rowOf(pipeline, 'a')).toMatchObject(parked);
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('opens the hour again, also when the lister writes it at the same moment', async () => {
    const pipeline = await withParked();
    const closed = async (): Promise<void> => {
      const row = await pipeline.hours.get(feed, hour);
      if (row) await pipeline.hours.replace(feed, { ...row.value, open: false }, row.etag);
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

    expect(await replayParked(racing, {})).toBe(2);

    expect((await pipeline.hours.get(feed, hour))?.value.open).toBe(true);
    expect(await pipeline.openHours.all()).toMatchObject([{ feed, hour }]);
  });

  test('gives up when others write the hour without an end', async () => {
    const pipeline = await withParked();
    const row = await pipeline.hours.get(feed, hour);
    if (row) await pipeline.hours.replace(feed, { ...row.value, open: false }, row.etag);
    const replace = (): Promise<never> => Promise.reject(new RowConflict('Another came first; read again.'));
    const racing = { ...pipeline, hours: { ...pipeline.hours, replace } };
    await expect(replayParked(racing, {})).rejects.toBeInstanceOf(RowConflict);
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
          if ((await rowOf(pipeline, 'a')).state === 'parked') await replayParked(pipeline, {});
          return ledger.replace(...change);
        },
      },
    };
    expect(await replayParked(racing, {})).toBe(0);
    expect(messagesOf(pipeline)).toHaveLength(2);
  });

  test('of parked records forgets their rows; those that are still too large come again', async () => {
    const pipeline = await withParkedRecord();
    expect(await replayParked(pipeline, {})).toBe(1);
    expect((await pipeline.ledger.hour(feed, hour)).parkedRecords).toEqual([]);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', owed: ['soc'] });

    await forward(pipeline, onlyMessage(pipeline).batch, { messageId: 'm2' });
    expect((await listParked(pipeline)).map(({ recordId }) => recordId)).toEqual(['big', null]);
  });

  test('whose message cannot be sent says so; the row is queued, for Close to find', async () => {
    const pipeline = await withParked();
    const send = (): Promise<never> => Promise.reject(new StorageError('The queue did not answer; try again.'));
    await expect(replayParked({ ...pipeline, queue: { ...pipeline.queue, send } }, {})).rejects.toBeInstanceOf(
      StorageError,
    );
    expect((await rowOf(pipeline, 'a')).state).toBe('queued');
  });
});
