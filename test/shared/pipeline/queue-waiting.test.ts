import { describe, expect, test } from 'vitest';

import { queueForSaving, queueWaiting } from '../../../shared/pipeline/waiting.ts';
import { RowConflict } from '../../../shared/state/table.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { feed, hour, listedContent, messagesOf, onlyMessage, rowOf, rowsOf } from './forwarding.ts';

describe('queueing what waits', () => {
  const waiting = async (count: number): Promise<TestPipeline> => {
    const pipeline = createTestPipeline();
    const ids = Array.from({ length: count }, (_none, index) => `c${String(index).padStart(3, '0')}`);
    for (const some of [ids.slice(0, 100), ids.slice(100)].filter(({ length }) => length > 0)) {
      const rows = some.map((id) => listedContent(pipeline, id, undefined, { state: 'waiting', due: 0 }));
      await pipeline.ledger.insert(feed, hour, rows);
    }
    return pipeline;
  };

  test('makes them queued under a new attempt, due now, before their messages are sent', async () => {
    const pipeline = await waiting(150);
    const { contents } = await pipeline.ledger.hour(feed, hour);

    await queueWaiting(pipeline, feed, hour, contents);

    for (const row of await rowsOf(pipeline)) {
      expect(row).toMatchObject({ state: 'queued', attempt: 2, due: pipeline.clock.now() });
    }
    expect(messagesOf(pipeline).flatMap((message) => message.contents)).toHaveLength(150);
    expect(messagesOf(pipeline).every(({ attempt }) => attempt === 2)).toBe(true);
  });

  test('sends nothing for rows that changed meanwhile', async () => {
    const pipeline = await waiting(2);
    const { contents } = await pipeline.ledger.hour(feed, hour);
    await queueWaiting(pipeline, feed, hour, contents.slice(0, 1));

    await expect(queueWaiting(pipeline, feed, hour, contents)).rejects.toBeInstanceOf(RowConflict);

    expect(messagesOf(pipeline)).toHaveLength(1);
  });

  test('to be saved leaves a parked one parked, and counts how often it was sent', async () => {
    const pipeline = await waiting(1);
    await pipeline.ledger.insert(feed, hour, [listedContent(pipeline, 'parked', undefined, { state: 'parked' })]);
    const { contents } = await pipeline.ledger.hour(feed, hour);

    await queueForSaving(pipeline, feed, hour, contents);

    expect(await rowOf(pipeline, 'c000')).toMatchObject({ state: 'queued', attempt: 2, redrives: 0 });
    expect(await rowOf(pipeline, 'parked')).toMatchObject({ state: 'parked', attempt: 2, redrives: 1 });
    expect(onlyMessage(pipeline).contents).toEqual(['c000', 'parked']);
  });
});
