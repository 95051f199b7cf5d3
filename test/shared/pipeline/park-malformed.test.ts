import { describe, expect, test } from 'vitest';

import { listHour } from '../../../shared/pipeline/list-hour.ts';
import { printBatch } from '../../../shared/pipeline/batch-message.ts';
import { receiveMessage } from '../../../shared/pipeline/receive-message.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { activeTenant, createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { feed, hour, hourStart, never, offer, queuedIds, rowsOf } from './listing-fixture.ts';

const list = (pipeline: TestPipeline): Promise<number> => listHour(pipeline, activeTenant(), feed, hour, never);

const bad: [string, { id: string; uri?: string }][] = [
  ['an id with half a character', { id: 'x\ud800' }],
  ['its long id', { id: 'x'.repeat(3_001) }],
  ['an id that a message cannot write', { id: 'x\uffff' }],
  ['an address with half a character', { id: 'x', uri: 'https://manage.office.com/\udfff' }],
  ['its long address', { id: 'x', uri: `https://manage.office.com/${'x'.repeat(50_000)}` }],
];

const offerBad = (pipeline: TestPipeline, { id, uri }: { id: string; uri?: string }): void => {
  const offered = pipeline.api.offer(feed.contentType, id, hourStart + 500, []);
  if (uri !== undefined) pipeline.api.contents[pipeline.api.contents.indexOf(offered)] = { ...offered, uri };
};

describe('a listed content that cannot be stored', () => {
  test.each(bad)('because of %s is parked with its text, and its neighbours go on', async (_what, content) => {
    const pipeline = createTestPipeline();
    offer(pipeline, 1);
    offerBad(pipeline, content);
    offer(pipeline, 1, 1);
    expect(await list(pipeline)).toBe(2);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000', 'content-0001']);
    expect(await rowsOf(pipeline)).toHaveLength(2);
    expect((await pipeline.hours.get(feed, hour))?.value.listedTo).toBe(hourStart + 3_600_000);
    const [parked, ...more] = await pipeline.malformed.all();
    expect(more).toEqual([]);
    expect(parked?.text).toContain(`"tenantId":"${feed.tenantId}","contentType":"Audit.Exchange","hour":"${hour}"`);
    expect(parked?.reason).toMatch(/^The API listed a content .+\.$/);
    expect(pipeline.events.find(({ event }) => event === 'contents-malformed')?.fields).toMatchObject({ contents: 1 });
  });

  test('is not one that is long, or written in many escapes', async () => {
    const pipeline = createTestPipeline();
    const odd = '\u0001"'.repeat(1_500);
    for (let n = 0; n < 100; n += 1) {
      offerBad(pipeline, { id: `${odd.slice(3)}${String(n).padStart(3, '0')}`, uri: odd });
    }
    expect(await list(pipeline)).toBe(100);
    expect(queuedIds(pipeline.queue)).toHaveLength(100);
    expect(await pipeline.malformed.all()).toEqual([]);
  });

  test('is parked once, each with its own text, however often it is listed', async () => {
    const pipeline = createTestPipeline();
    offerBad(pipeline, { id: 'x\ud800' });
    offerBad(pipeline, { id: 'x\ud801' });
    await list(pipeline);
    await list(pipeline);
    offer(pipeline, 1);
    await list(pipeline);
    expect(await pipeline.malformed.all()).toHaveLength(2);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000']);
  });

  test('leaves the hour to be listed again when it cannot be parked', async () => {
    const pipeline = createTestPipeline();
    offerBad(pipeline, { id: 'x\ud800' });
    const error = new StorageError('The table did not answer.');
    const malformed = { ...pipeline.malformed, park: () => Promise.reject(error) };
    await expect(list({ ...pipeline, malformed })).rejects.toBe(error);
    await list(pipeline);
    expect(await pipeline.malformed.all()).toHaveLength(1);
  });

  test('is parked too when a message brings it', async () => {
    const pipeline = createTestPipeline();
    await pipeline.tenants.insert(activeTenant());
    const content = { id: 'x\ud800', uri: 'https://manage.office.com/x', created: hourStart, expires: hourStart };
    const text = printBatch({ ...feed, hour, attempt: 1, contents: [content] });
    await receiveMessage(pipeline, JSON.parse(text), { messageId: 'm1', dequeueCount: 1 });
    expect((await pipeline.malformed.all()).map((parked) => parked.text)).toEqual([text]);
  });
});
