import { describe, expect, test } from 'vitest';

import type { ListedContent } from '../../../shared/activity-api/activity-api.ts';
import { dueHours } from '../../../shared/pipeline/due-hours.ts';
import type { ListedHour } from '../../../shared/state/hours.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { changeRows, emptyQueue, feed, hour, hours, list, offer, queuedIds, rowsOf } from './listing-fixture.ts';

/** From now on the API lists `size` contents a page, and fails at pages for which `errorAt` gives an error. */
function pages({ api }: TestPipeline, size: number, errorAt: (page: number) => Error | undefined): void {
  api.listContents = async function* () {
    for (let page = 0; page * size < api.contents.length; page += 1) {
      const error = errorAt(page);
      if (error !== undefined) throw error;
      yield await Promise.resolve(api.contents.slice(page * size, (page + 1) * size) as readonly ListedContent[]);
    }
  };
}

const hourRow = async (pipeline: TestPipeline): Promise<ListedHour | undefined> =>
  (await pipeline.hours.get(feed, hour))?.value;

const isDue = async (pipeline: TestPipeline): Promise<boolean> => {
  const row = await hourRow(pipeline);
  // Three hours on it is none of those that are listed in every cycle.
  const later = pipeline.clock.now() + hours(3);
  return dueHours(later, 1, new Map(row === undefined ? [] : [[hour, row]])).includes(hour);
};

describe('a listing that breaks off', () => {
  const broken = apiError('server-failed');

  test('gives what it had named; the hour stays due, and the next one adds the rest', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 5);
    pages(pipeline, 2, (page) => (page === 2 ? broken : undefined));
    await expect(list(pipeline)).rejects.toBe(broken);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000', 'content-0001', 'content-0002', 'content-0003']);
    expect(await hourRow(pipeline)).toMatchObject({ listedAt: undefined, listedTo: undefined, open: true });
    expect(await isDue(pipeline)).toBe(true);

    emptyQueue(pipeline.queue);
    pages(pipeline, 2, () => undefined);
    expect(await list(pipeline)).toBe(1);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0004']);
    expect(await hourRow(pipeline)).toMatchObject({ listedAt: pipeline.clock.now() });
    expect(await isDue(pipeline)).toBe(false);
  });

  test('again and again at the same page queues nothing twice', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 3);
    pages(pipeline, 2, (page) => (page === 1 ? broken : undefined));
    for (let time = 0; time < 3; time += 1) await expect(list(pipeline)).rejects.toBe(broken);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000', 'content-0001']);
  });

  test('of an hour that was listed before keeps up to where, and is listed again at once', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 3);
    await list(pipeline);
    const before = await hourRow(pipeline);
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    emptyQueue(pipeline.queue);
    pages(pipeline, 2, (page) => (page === 1 ? broken : undefined));
    await expect(list(pipeline)).rejects.toBe(broken);
    expect(queuedIds(pipeline.queue)).toEqual([]);
    expect(await hourRow(pipeline)).toMatchObject({ listedAt: undefined, listedTo: before?.listedTo });
    expect(await isDue(pipeline)).toBe(true);
  });

  test('for want of time counts alike', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 3);
    const outOfTime = new Error('Listing a feed took too long.');
    pages(pipeline, 2, (page) => (page === 1 ? outOfTime : undefined));
    await expect(list(pipeline)).rejects.toBe(outOfTime);
    expect(await rowsOf(pipeline)).toHaveLength(2);
  });

  test('by page tokens that go stale each time gives what any of the three named', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 2);
    const stale = apiError('page-token-refused');
    let begun = 0;
    pages(pipeline, 1, (page) => {
      if (page === 0) begun += 1;
      else if (begun === 2) pipeline.api.contents.reverse();
      return page === 1 ? stale : undefined;
    });
    await expect(list(pipeline)).rejects.toBe(stale);
    expect(begun).toBe(3);
    expect(queuedIds(pipeline.queue).toSorted()).toEqual(['content-0000', 'content-0001']);
  });
});
