import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { beginClosing } from '../../../shared/pipeline/closing.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { sendProbes } from '../../../shared/pipeline/send-probes.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import type { TestPipeline } from '../../support/test-pipeline.ts';
import { listed, markDown, parkedRecord, parkRecords } from './closing-fixture.ts';
import { eventsOf, feedOf, minute } from './cycle-fixture.ts';
import { changeRows, close, emptyQueue, feed, hour, hours, queuedIds, rowsOf } from './listing-fixture.ts';

const markOf = async (pipeline: TestPipeline) => (await pipeline.destinationMarks.all()).get('soc')?.value;

describe('a row that waits', () => {
  test('stays as long as all its destinations are down, and keeps its hour open', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { state: 'waiting' });
    await markDown(pipeline);
    pipeline.clock.advance(hours(100));
    expect((await close(pipeline)).counted).toEqual([{ feed, openContents: 1 }]);
    expect(queuedIds(pipeline.queue)).toEqual([]);
    expect(await pipeline.openHours.all()).toHaveLength(1);
  });

  test('is queued as a new attempt when one of its destinations is up', async () => {
    const pipeline = await listed(2, { destinations: ['soc', 'archive'] });
    await changeRows(pipeline, { state: 'waiting', attempt: 4 });
    await markDown(pipeline);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000', 'content-0001']);
    expect(await rowsOf(pipeline)).toMatchObject(
      Array(2).fill({ state: 'queued', attempt: 5, due: pipeline.clock.now() }),
    );
  });

  test('is not queued when only a destination is up that has it', async () => {
    const pipeline = await listed(1, { destinations: ['soc', 'archive'] });
    await parkRecords(pipeline, { state: 'waiting', owed: ['soc'] }, parkedRecord({ destination: 'archive' }));
    await markDown(pipeline);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
  });

  test('only with a record that is replayed is queued when that record’s destination is up', async () => {
    const pipeline = await listed(1, { destinations: ['soc', 'archive'] });
    await parkRecords(pipeline, { state: 'waiting', owed: [] }, parkedRecord({ state: 'queued', destination: 'soc' }));
    await markDown(pipeline);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
    await markDown(pipeline, 'soc', { standing: 'up' });
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000']);
  });

  test('only with a record that goes to everyone is queued when anyone is up', async () => {
    const pipeline = await listed(1, { destinations: ['soc', 'archive'] });
    await parkRecords(pipeline, { state: 'waiting', owed: [] }, parkedRecord({ state: 'queued' }));
    await markDown(pipeline);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000']);
  });

  test('that a worker holds is left alone', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, {
      state: 'waiting',
      hold: { by: 'm1/1', until: pipeline.clock.now() + 1, alone: true },
    });
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
  });

  test('of a feed with more than 2,000 of them is queued in a later round', async () => {
    const pipeline = await listed(2030);
    await changeRows(pipeline, { state: 'waiting', saved: true });
    expect((await close(pipeline)).counted).toEqual([{ feed, openContents: 0 }]);
    expect(queuedIds(pipeline.queue)).toHaveLength(2000);
    await close(pipeline);
    expect(new Set(queuedIds(pipeline.queue)).size).toBe(2030);
  });
});

describe('a destination that came up again', () => {
  /** A pipeline that has done one cycle, with one content that waits for a destination that came up. */
  async function cameUp(contents = 1): Promise<TestPipeline> {
    const pipeline = await listed(contents);
    await pipeline.feeds.insert({ ...newFeed(feed), state: 'active', openContents: 1 });
    await listCycle(pipeline);
    await changeRows(pipeline, { state: 'waiting', saved: true });
    await markDown(pipeline, 'soc', { standing: 'came-up' });
    emptyQueue(pipeline.queue);
    pipeline.clock.advance(2 * minute);
    return pipeline;
  }

  test('makes the next cycle look at all open hours, not only every fifth, and is settled then', async () => {
    const pipeline = await cameUp();
    await listCycle(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000']);
    expect(await markOf(pipeline)).toMatchObject({ standing: 'up' });
    expect((await feedOf(pipeline))?.openContents).toBe(0);
    await changeRows(pipeline, { state: 'waiting' });
    emptyQueue(pipeline.queue);
    await listCycle(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
  });

  test('is not settled before all that waits for it is queued', async () => {
    const pipeline = await cameUp(2001);
    await listCycle(pipeline);
    expect(await markOf(pipeline)).toMatchObject({ standing: 'came-up' });
    await listCycle(pipeline);
    expect(await markOf(pipeline)).toMatchObject({ standing: 'up' });
    expect(new Set(queuedIds(pipeline.queue)).size).toBe(2001);
  });
});

describe('a destination that is down', () => {
  async function down(contents: number): Promise<TestPipeline> {
    const pipeline = await listed(contents, { destinations: ['soc', 'archive'] });
    await changeRows(pipeline, { state: 'waiting', owed: ['soc'] });
    await markDown(pipeline);
    return pipeline;
  }

  test('gets one waiting batch as the probe when nobody took up its mark, once in two minutes', async () => {
    const pipeline = await down(50);
    await listCycle(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
    pipeline.clock.advance(2 * minute);
    await listCycle(pipeline);
    expect(queuedIds(pipeline.queue)).toHaveLength(20);
    expect((await rowsOf(pipeline)).filter(({ state }) => state === 'queued')).toHaveLength(20);
    expect(eventsOf(pipeline, 'probe-queued')).toMatchObject([{ fields: { destination: 'soc', ...feed, hour } }]);
    pipeline.clock.advance(minute);
    await listCycle(pipeline);
    expect(queuedIds(pipeline.queue)).toHaveLength(20);
    pipeline.clock.advance(minute);
    await listCycle(pipeline);
    expect(queuedIds(pipeline.queue)).toHaveLength(40);
  });

  test('gets none of what waits for another', async () => {
    const pipeline = await down(1);
    await changeRows(pipeline, { owed: ['archive'] });
    await markDown(pipeline, 'archive');
    await markDown(pipeline);
    pipeline.clock.advance(2 * minute);
    const archive = (await pipeline.destinationMarks.all()).get('archive')?.value;
    await markDown(pipeline, 'archive', { ...archive, until: pipeline.clock.now() + hourMs });
    await listCycle(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
  });

  test('gets batches of three tenants: those of one may be such as cannot be fetched', async () => {
    const pipeline = await down(1);
    const [row] = await rowsOf(pipeline);
    if (row === undefined) throw new Error('unreachable');
    for (const digit of [2, 3, 4]) {
      const other = { ...feed, tenantId: `${digit}`.repeat(8) + feed.tenantId.slice(8) };
      for (const [place, id] of [
        [hour, `early-${digit}`],
        ['2026-11-22T09', `late-${digit}`],
      ] as const) {
        await pipeline.openHours.touch(other, place);
        await pipeline.ledger.insert(other, place, [{ ...row, id }]);
      }
    }
    pipeline.clock.advance(2 * minute);
    const closing = await beginClosing(pipeline);
    await sendProbes(closing, await pipeline.openHours.all());
    await sendProbes(await beginClosing(pipeline), await pipeline.openHours.all());
    expect(pipeline.queue.messages).toHaveLength(3);
    expect(new Set(eventsOf(pipeline, 'probe-queued').map(({ fields }) => fields['tenantId'])).size).toBe(3);
  });

  test('is looked after again at once if nothing was found that waits for it', async () => {
    const pipeline = await down(1);
    await changeRows(pipeline, { state: 'parked' });
    pipeline.clock.advance(2 * minute);
    const look = async (): Promise<void> => sendProbes(await beginClosing(pipeline), await pipeline.openHours.all());
    await look();
    await changeRows(pipeline, { state: 'waiting' });
    await look();
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000']);
  });

  test('gets contents of which it refused nothing first', async () => {
    const pipeline = await down(25);
    const { contents } = await pipeline.ledger.hour(feed, hour);
    const refused = contents
      .slice(0, 10)
      .map(({ value, etag }) => ({ value: { ...value, hasRecordRows: true }, etag }));
    await pipeline.ledger.replace(feed, hour, refused);
    pipeline.clock.advance(2 * minute);
    await listCycle(pipeline);
    const ids = queuedIds(pipeline.queue);
    expect(ids).toHaveLength(20);
    expect(ids).toEqual(expect.arrayContaining(contents.slice(10).map(({ value }) => value.id)));
  });

  test('gets it although the tenant cannot be listed', async () => {
    const pipeline = await down(1);
    pipeline.api.failures.set('subscriptions', [new Error('The API does not answer.')]);
    pipeline.clock.advance(2 * minute);
    await expect(listCycle(pipeline)).rejects.toThrow('The API does not answer.');
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000']);
  });
});
