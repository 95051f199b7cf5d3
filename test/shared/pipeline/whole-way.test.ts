import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { listParked } from '../../../shared/pipeline/parked.ts';
import { replayParked } from '../../../shared/pipeline/replay-parked.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { accountOf } from '../../../shared/tenants/completeness.ts';
import { byKey } from '../../../shared/tenants/note-history.ts';
import { activeTenant, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { eventsOf, feedOf, minute, withTenants } from './cycle-fixture.ts';
import { offerBody, receivedIds, record } from './forwarding.ts';
import { feed } from './listing-fixture.ts';
import { runFor } from './whole-way.ts';

const day = 24 * hourMs;
const down = new DestinationError('Destination soc does not answer; wait.', { kind: 'unavailable' });

async function account(pipeline: TestPipeline) {
  const now = pipeline.clock.now();
  const feeds = await accountOf(pipeline, activeTenant({ contentTypes: [feed.contentType] }), {
    from: now - 30 * day,
    to: now,
  });
  const hours = feeds.flatMap((one) => one.hours);
  const sum = (of: (hour: (typeof hours)[number]) => number): number => hours.reduce((all, one) => all + of(one), 0);
  return {
    listed: sum(({ contents }) => contents.listed),
    delivered: sum(({ contents }) => contents.delivered),
    parked: sum(({ contents }) => contents.parked),
    lost: sum(({ contents }) => contents.lost),
    pending: sum(({ contents }) => contents.pending),
    records: sum(({ records }) => records.delivered),
    parkedRecords: sum(({ records }) => records.parked),
  };
}

/** A record with an Id of its own, made at a time of its own. */
const recordAt = (id: string, time: number) => ({
  ...record(id),
  CreationTime: new Date(time).toISOString().slice(0, 19),
});

describe('a destination that is down for ten days', () => {
  test(
    'loses nothing: contents wait, are saved as they expire, and are delivered when it is up',
    { timeout: 60_000 },
    async () => {
      const pipeline = await withTenants([{}], { destinations: ['soc', 'archive'] });
      await pipeline.feeds.insert({ ...newFeed(feed), state: 'active', position: pipeline.clock.now() - hourMs });
      const [soc] = pipeline.destinations;
      if (soc) soc.down = down;
      const count = 30;
      const received = { messages: 0 };
      for (let n = 0; n < count; n += 1) {
        const at = pipeline.clock.now() - minute;
        pipeline.api.offer(feed.contentType, `content-${n}`, at, [recordAt(`${n}`, at)]);
        await runFor(pipeline, 8 * hourMs, { every: 10 * minute, received });
      }
      expect(receivedIds(pipeline, 1)).toHaveLength(count);
      expect(receivedIds(pipeline, 0)).toEqual([]);
      expect(await account(pipeline)).toMatchObject({ listed: count, pending: count, parked: 0, lost: 0 });
      expect(pipeline.saved.bodies.size).toBeGreaterThan(5);
      // Contents cost a message when listed and one to be saved; the rest are probes: the one that keeps coming back, and
      // one of Close's in each cycle, since ten minutes without a probe look as if nobody were there to send one.
      const cycles = (10 * day) / (10 * minute);
      expect(received.messages).toBeLessThan(2 * cycles + 3 * count);

      // The API gives only what has not expired.
      const now = pipeline.clock.now();
      for (const content of pipeline.api.contents.filter(({ expires }) => expires <= now))
        offerBody(pipeline, content.id, '!');
      if (soc) soc.down = undefined;
      await runFor(pipeline, 3 * hourMs, { every: 2 * minute, received });

      const ids = Array.from({ length: count }, (_none, n) => `${n}`);
      expect(receivedIds(pipeline, 0).toSorted()).toEqual(ids.toSorted());
      expect(receivedIds(pipeline, 1).toSorted()).toEqual(ids.toSorted());
      expect(await account(pipeline)).toMatchObject({ listed: count, delivered: count, pending: 0, records: count });
      expect(pipeline.saved.bodies.size).toBe(0);
      expect(await pipeline.openHours.all()).toEqual([]);
      expect((await feedOf(pipeline))?.openContents).toBe(0);
      expect(eventsOf(pipeline, 'contents-lost')).toEqual([]);
    },
  );
});

describe('a replay', () => {
  test('of a parked record settles the ledger, and its hour is closed with sums that add up', async () => {
    const pipeline = await withTenants();
    const at = pipeline.clock.now() - 5 * hourMs;
    const big = { ...recordAt('big', at), text: 'x'.repeat(4 * 1024 * 1024) };
    pipeline.api.offer(feed.contentType, 'one', at, [recordAt('first', at), big, recordAt('last', at)]);
    await runFor(pipeline, 20 * minute, { every: 2 * minute });
    expect(await account(pipeline)).toMatchObject({ delivered: 0, parked: 1, records: 2, parkedRecords: 1 });
    expect(await listParked(pipeline)).toMatchObject([{ tenantId, contentId: 'one', recordId: 'big' }]);
    expect(await pipeline.openHours.all()).toHaveLength(1);

    // Long after its expiry: only the record is sent, from what was saved of it.
    await runFor(pipeline, 9 * day, { every: 6 * hourMs });
    expect(await replayParked(pipeline, { contentIds: ['one'] }, byKey)).toBe(1);
    await runFor(pipeline, 20 * minute, { every: 2 * minute });
    expect(receivedIds(pipeline)).toEqual(['first', 'last', 'big']);
    expect(await account(pipeline)).toMatchObject({
      delivered: 1,
      parked: 0,
      records: 3,
      parkedRecords: 0,
      pending: 0,
    });
    expect(await listParked(pipeline)).toEqual([]);
    expect(await pipeline.openHours.all()).toEqual([]);
    expect(pipeline.saved.bodies.size).toBe(0);
  });

  test('of a whole content works after its expiry, because it was saved in time', async () => {
    const pipeline = await withTenants();
    const at = pipeline.clock.now() - 5 * hourMs;
    pipeline.api.offer(feed.contentType, 'one', at, []);
    offerBody(pipeline, 'one', '[{"Id":"a"}');
    await runFor(pipeline, 3 * hourMs, { every: 2 * minute });
    expect(await listParked(pipeline)).toMatchObject([{ contentId: 'one', failures: 5 }]);
    offerBody(pipeline, 'one', JSON.stringify([recordAt('a', at)]));
    await runFor(pipeline, 9 * day, { every: 30 * minute });
    pipeline.api.contents.length = 0;
    expect(await listParked(pipeline)).toMatchObject([{ replayableUntil: Date.parse('2026-12-31T00:00:00Z') }]);
    expect(await replayParked(pipeline, { tenantId }, byKey)).toBe(1);
    await runFor(pipeline, 20 * minute, { every: 2 * minute });
    expect(receivedIds(pipeline)).toEqual(['a']);
    expect(await account(pipeline)).toMatchObject({ listed: 1, delivered: 1, parked: 0, lost: 0 });
    expect(pipeline.saved.bodies.size).toBe(0);
  });
});

test('Close works for a tenant that cannot be listed: what it had ends settled', async () => {
  const pipeline = await withTenants();
  pipeline.api.offer(feed.contentType, 'one', pipeline.clock.now() - hourMs, []);
  await listCycle(pipeline);
  while (pipeline.queue.take() !== undefined);
  pipeline.api.failures.set('subscriptions', Array<Error>(9999).fill(down));
  pipeline.api.listContents = () => {
    throw down;
  };
  pipeline.clock.advance(8 * day);
  for (let n = 0; n < 5; n += 1) await listCycle(pipeline).catch(() => undefined);
  expect(await account(pipeline)).toMatchObject({ listed: 1, lost: 1, pending: 0 });
  expect(await pipeline.openHours.all()).toEqual([]);
});
