import { describe, expect, test } from 'vitest';

import type { ListedContent } from '../../../shared/activity-api/activity-api.ts';
import { parseBatch, printBatch, splitForMessages } from '../../../shared/pipeline/batch-message.ts';
import { enqueue } from '../../../shared/pipeline/enqueue.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createTestPipeline, tenantId } from '../../support/test-pipeline.ts';
import { batchesIn, feed, hour, hourStart, queuedIds } from './listing-fixture.ts';

const contents = (count: number, uri = 'https://manage.office.com/content'): ListedContent[] =>
  Array.from({ length: count }, (_none, n) => ({
    id: `content-${n}`,
    uri,
    created: hourStart + n,
    expires: hourStart + 604_800_000 + n,
  }));

const message = {
  v: 1,
  tenantId,
  contentType: 'Audit.Exchange',
  hour,
  attempt: 1,
  contents: [
    {
      id: 'one',
      uri: 'https://manage.office.com/one',
      created: '2026-11-22T09:00:01.123Z',
      expires: '2026-11-29T09:00:01.123Z',
    },
  ],
};

describe('contents', () => {
  test('go out in messages of the batch size, with their delay in whole seconds', async () => {
    const pipeline = createTestPipeline({ batchSize: 3 });
    await enqueue(pipeline, feed, hour, contents(7), { attempt: 2, delayMs: 1500 });
    expect(batchesIn(pipeline.queue).map((batch) => [batch.attempt, batch.contents.length])).toEqual([
      [2, 3],
      [2, 3],
      [2, 1],
    ]);
    expect(pipeline.queue.messages.map(({ visibleAt }) => visibleAt - pipeline.clock.now())).toEqual([
      2000, 2000, 2000,
    ]);
    expect(batchesIn(pipeline.queue)[0]?.contents[1]).toEqual(contents(2)[1]);
  });

  test('with long addresses are split so that no message is over 48 kB', async () => {
    const pipeline = createTestPipeline({ batchSize: 100 });
    // Two bytes a letter: what counts are bytes.
    await enqueue(pipeline, feed, hour, contents(100, `https://manage.office.com/${'é'.repeat(1000)}`), { attempt: 1 });
    const sizes = pipeline.queue.messages.map(({ text }) => Buffer.byteLength(text));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(48_000);
    expect(Math.max(...sizes)).toBeGreaterThan(44_000);
    expect(queuedIds(pipeline.queue)).toEqual(contents(100).map(({ id }) => id));
  });

  test('of none are no message', async () => {
    const pipeline = createTestPipeline();
    await enqueue(pipeline, feed, hour, [], { attempt: 1 });
    expect(pipeline.queue.messages).toEqual([]);
    expect(splitForMessages([], 20)).toEqual([]);
  });

  test('that the queue refuses are an error, after those that it took', async () => {
    const pipeline = createTestPipeline({ batchSize: 1 });
    const error = new StorageError('The queue did not answer.');
    const send = pipeline.queue.send.bind(pipeline.queue);
    let sent = 0;
    pipeline.queue.send = (text, delay) => ((sent += 1) === 2 ? Promise.reject(error) : send(text, delay));
    await expect(enqueue(pipeline, feed, hour, contents(3), { attempt: 1 })).rejects.toBe(error);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0']);
  });
});

describe('a message', () => {
  test('says what the interface says, and is read as it was written', () => {
    const batch = { ...feed, hour, attempt: 1, contents: contents(2) };
    const text = printBatch(batch);
    expect(JSON.parse(text)).toMatchObject({ ...message, contents: [{ created: '2026-11-22T09:00:00.000Z' }, {}] });
    expect(parseBatch(JSON.parse(text))).toMatchObject({ batch });
  });

  test('names its tenant in lower case whoever wrote it', () => {
    const upper = { ...message, tenantId: 'AAAAAAAA-2222-3333-4444-555555555555' };
    expect(parseBatch(upper)).toMatchObject({ batch: { tenantId: upper.tenantId.toLowerCase() } });
  });

  test('of a later version is not malformed: it says which', () => {
    expect(parseBatch({ ...message, v: 2 })).toEqual({ later: 2 });
  });

  test.each<[string, unknown]>([
    ['text', 'not JSON'],
    ['null', null],
    ['a version that never was', { ...message, v: 0 }],
    ['a tenant that is no GUID', { ...message, tenantId: '../other' }],
    ['an unknown content type', { ...message, contentType: 'Audit.Other' }],
    ['an hour that is none', { ...message, hour: '2026-11-22T24' }],
    ['attempt 0', { ...message, attempt: 0 }],
    ['no contents', { ...message, contents: [] }],
    ['over 100 contents', { ...message, contents: Array<unknown>(101).fill(message.contents[0]) }],
    ['a content without an id', { ...message, contents: [{ ...message.contents[0], id: '' }] }],
    ['a content whose time is none', { ...message, contents: [{ ...message.contents[0], expires: 'soon' }] }],
  ])('with %s is malformed, in one sentence', (_what, wrong) => {
    const parsed = parseBatch(wrong);
    expect('wrong' in parsed && parsed.wrong).toMatch(/^The message is .+\.?$/);
  });
});
