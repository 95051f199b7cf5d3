import { describe, expect, test } from 'vitest';

import { type Batch, printBatch } from '../../../shared/pipeline/batch-message.ts';
import { LaterMessage } from '../../../shared/pipeline/later-message.ts';
import { receiveMessage, receivePoison } from '../../../shared/pipeline/receive-message.ts';
import { listParked } from '../../../shared/pipeline/parked.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { forward, forwardAll, list, listedContent, messagesOf, rowOf } from './forwarding.ts';
import { close } from './listing-fixture.ts';

const receipt = { messageId: 'm1', dequeueCount: 1 };
const good = {
  v: 1,
  tenantId: '11111111-2222-3333-4444-555555555555',
  contentType: 'Audit.Exchange',
  hour: '2026-11-22T10',
  attempt: 1,
  contents: [
    { id: 'a', uri: 'https://manage.office.com/a', created: '2026-11-22T10:05:00Z', expires: '2026-11-29T10:05:00Z' },
  ],
};

describe('a malformed message', () => {
  test.each([
    ['text', 'hello', 'The message is not JSON.', 'hello'],
    ['a number', 7, 'malformed', '7'],
    ['null', null, 'malformed', 'null'],
    ['no version', { ...good, v: undefined }, '"v"', '"attempt":1'],
    ['a version that never was', { ...good, v: 0 }, '"v"', '"v":0'],
    ['no tenant', { ...good, tenantId: 'contoso' }, '"tenantId"', 'contoso'],
    ['an unknown content type', { ...good, contentType: 'Audit.Nothing' }, '"contentType"', 'Audit.Nothing'],
    ['an hour that does not exist', { ...good, hour: '2026-11-31T10' }, '"hour"', '2026-11-31T10'],
    ['no contents', { ...good, contents: [] }, '"contents"', '"contents":[]'],
    ['an attempt of 0', { ...good, attempt: 0 }, '"attempt"', '"attempt":0'],
    [
      'a content without an id',
      { ...good, contents: [{ ...good.contents[0], id: undefined }] },
      '"contents.0.id"',
      'uri',
    ],
  ])('%s: parked with its text and the reason, the message is done', async (_name, message, reason, text) => {
    const pipeline = createTestPipeline();
    for (const receive of [() => receiveMessage(pipeline, message, receipt), () => receivePoison(pipeline, message)]) {
      await receive();
      const [only, ...others] = await pipeline.malformed.all();
      expect(others).toEqual([]);
      expect(only?.reason).toContain(reason);
      expect(only?.text).toContain(text);
    }
    expect(pipeline.api.calls).toEqual([]);
    expect(pipeline.events.map(({ event, level }) => `${level} ${event}`)).toContain('error message-malformed');
    expect(await listParked(pipeline)).toMatchObject([
      {
        tenantId: null,
        contentType: null,
        failures: 0,
        firstSeen: pipeline.clock.now(),
        replayableUntil: null,
        reason: expect.stringContaining(text) as string,
      },
    ]);
  });

  test('of the longest size and with characters beyond the first plane is parked too', async () => {
    const other = createTestPipeline();
    await receiveMessage(other, `x${'😀'.repeat(16_000)}`, receipt);
    expect(await other.malformed.all()).toHaveLength(1);
  });

  test('comes back by itself when it could not be parked', async () => {
    const other = createTestPipeline();
    const failed = { ...other.malformed, park: () => Promise.reject(new StorageError('No answer; try again.')) };
    await expect(receiveMessage({ ...other, malformed: failed }, 'hello', receipt)).rejects.toBeInstanceOf(
      StorageError,
    );
  });
});

describe('a message of a later version, after a rollback', () => {
  const laterOf = (batch: Batch): object => ({ ...(JSON.parse(printBatch(batch)) as object), v: 2 });

  test('comes back by itself, for a worker that can read it, and nothing is parked', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    await expect(receiveMessage(pipeline, laterOf(batch), receipt)).rejects.toBeInstanceOf(LaterMessage);
    expect(await listParked(pipeline)).toEqual([]);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', failures: 0, taken: false });
  });

  test('that nobody could read is let go, and what it was about is queued again in words that are known', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    await receivePoison(pipeline, laterOf(batch));
    expect(pipeline.events.map(({ event }) => event)).toEqual(['later-message-let-go']);
    expect(await listParked(pipeline)).toEqual([]);

    pipeline.clock.advance(60 * 60_000);
    await close(pipeline);
    await forwardAll(pipeline);
    expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
  });
});

describe('contents that nobody listed', () => {
  test('are parked, never fetched, and their listed neighbours served', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    const forged = listedContent(pipeline, 'forged');

    await forward(pipeline, { ...batch, contents: [forged, ...batch.contents] });
    await forward(pipeline, { ...batch, contents: [forged, ...batch.contents] }, { dequeueCount: 2 });

    expect(pipeline.api.calls).toEqual(['fetch a']);
    expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
    const [only, ...others] = await pipeline.malformed.all();
    expect(others).toEqual([]);
    expect(only?.text).toContain('"forged"');
    expect(only?.text).not.toContain('"a"');
    expect(only?.reason).toContain('nobody listed');
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('are parked too when their tenant is unknown', async () => {
    const pipeline = createTestPipeline();
    await receiveMessage(pipeline, good, receipt);
    expect(pipeline.api.calls).toEqual([]);
    expect((await pipeline.malformed.all()).map(({ text }) => text)).toMatchObject([
      expect.stringContaining('"a"') as string,
    ]);
  });
});
