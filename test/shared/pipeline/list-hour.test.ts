import { describe, expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import { listHour, offBoarded } from '../../../shared/pipeline/list-hour.ts';
import { RowConflict } from '../../../shared/state/table.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, createTestPipeline } from '../../support/test-pipeline.ts';
import {
  batchesIn,
  changeRows,
  emptyQueue,
  feed,
  hour,
  hourStart,
  list,
  never,
  offer,
  queuedIds,
  rowsOf,
} from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

const ids = (count: number): string[] =>
  Array.from({ length: count }, (_none, n) => `content-${String(n).padStart(4, '0')}`);

describe('a listing', () => {
  test('takes unknown contents into the ledger and the queue, owed to every destination', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    offer(pipeline, 3);
    expect(await list(pipeline)).toBe(3);
    const rows = await rowsOf(pipeline);
    expect(rows.map(({ id }) => id)).toEqual(ids(3));
    for (const row of rows) {
      expect(row).toMatchObject({ state: 'queued', owed: ['soc', 'archive'], attempt: 1, due: pipeline.clock.now() });
    }
    expect(batchesIn(pipeline.queue)).toMatchObject([{ ...feed, hour, attempt: 1 }]);
    expect(queuedIds(pipeline.queue)).toEqual(ids(3));
    expect((await pipeline.openHours.all()).map((open) => open.hour)).toEqual([hour]);
    expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({
      open: true,
      listedAt: pipeline.clock.now(),
      listedTo: hourStart + 3_600_000,
      hash: expect.any(String) as string,
    });
  });

  test('takes more than one transaction holds, in batches of the configured size', async () => {
    const pipeline = createTestPipeline({ batchSize: 30 });
    offer(pipeline, 250);
    await list(pipeline);
    expect(await rowsOf(pipeline)).toHaveLength(250);
    expect(batchesIn(pipeline.queue).map(({ contents }) => contents.length)).toEqual([
      ...Array<number>(8).fill(30),
      10,
    ]);
    expect(new Set(queuedIds(pipeline.queue)).size).toBe(250);
  });

  test('asks for exactly the hour, and for the current one up to the last whole second', async () => {
    const pipeline = createTestPipeline({ start: '2026-11-22T10:30:00.900Z' });
    const asked: { from: number; to: number }[] = [];
    const listContents = pipeline.api.listContents.bind(pipeline.api);
    pipeline.api.listContents = (tenant, type, window, signal) => {
      asked.push(window);
      return listContents(tenant, type, window, signal);
    };
    await list(pipeline);
    await listHour(pipeline, activeTenant(), feed, '2026-11-22T10', never);
    expect(asked).toEqual([
      { from: hourStart, to: hourStart + 3_600_000 },
      { from: hourStart + 3_600_000, to: Date.parse('2026-11-22T10:30:00Z') },
    ]);
    expect((await pipeline.hours.get(feed, '2026-11-22T10'))?.value.listedTo).toBe(Date.parse('2026-11-22T10:30:00Z'));
  });

  test('of the current hour is not asked for before a second of it has passed', async () => {
    const pipeline = createTestPipeline({ start: '2026-11-22T09:00:00.999Z' });
    expect(await list(pipeline)).toBe(0);
    expect(pipeline.api.calls).toEqual([]);
  });

  test('that is empty leaves a row that is listed and not open', async () => {
    const pipeline = createTestPipeline();
    expect(await list(pipeline)).toBe(0);
    expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({
      open: false,
      listedTo: hourStart + 3_600_000,
    });
    expect(await pipeline.openHours.all()).toEqual([]);
    expect(pipeline.queue.messages).toEqual([]);
  });

  test('that says what the last one said touches neither ledger nor queue', async () => {
    const calls: string[] = [];
    const pipeline = createTestPipeline({
      tables: meddledTables(createMemoryTables(), { before: (call) => void calls.push(call) }),
    });
    offer(pipeline, 2);
    await list(pipeline);
    calls.length = 0;
    pipeline.api.contents.reverse();
    pipeline.clock.advance(60_000);
    expect(await list(pipeline)).toBe(0);
    expect(calls).toEqual(['get hours202611', 'replace hours202611']);
    expect((await pipeline.hours.get(feed, hour))?.value.listedAt).toBe(pipeline.clock.now());
    expect(queuedIds(pipeline.queue)).toEqual(ids(2));
  });

  test('finds a content that appeared late, and queues it alone', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 2);
    await list(pipeline);
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    emptyQueue(pipeline.queue);
    offer(pipeline, 1, 2);
    expect(await list(pipeline)).toBe(1);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0002']);
    expect((await rowsOf(pipeline)).map(({ state }) => state)).toEqual(['delivered', 'delivered', 'queued']);
  });

  test('reopens an hour that was closed', async () => {
    const pipeline = createTestPipeline();
    await list(pipeline);
    offer(pipeline, 1);
    await list(pipeline);
    expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({ open: true, sums: undefined });
    expect(await pipeline.openHours.all()).toHaveLength(1);
  });

  test('counts a content that is on two pages once', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 1);
    const [content] = pipeline.api.contents;
    if (content) pipeline.api.contents.push({ ...content });
    expect(await list(pipeline)).toBe(1);
  });

  test('is begun again when its page token is stale, and given up after three', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 1);
    const stale = apiError('page-token-refused');
    pipeline.api.failures.set('list', [stale, stale]);
    expect(await list(pipeline)).toBe(1);
    expect(pipeline.api.calls).toHaveLength(3);

    const other = createTestPipeline();
    other.api.failures.set('list', [stale, stale, stale]);
    await expect(list(other)).rejects.toBe(stale);
    expect(other.api.calls).toHaveLength(3);
  });

  test('that the API refuses changes nothing', async () => {
    const pipeline = createTestPipeline();
    const refused = apiError('server-failed');
    pipeline.api.failures.set('list', [refused]);
    await expect(list(pipeline)).rejects.toBe(refused);
    expect(await pipeline.hours.get(feed, hour)).toBeUndefined();
  });

  test('queues rows again that were given up at off-boarding, anew and under a higher attempt', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 1);
    await list(pipeline);
    await changeRows(pipeline, {
      state: 'lost',
      reason: offBoarded,
      attempt: 4,
      taken: true,
      failures: 3,
      redrives: 5,
      hold: { by: 'message-1', until: pipeline.clock.now() + 60_000, alone: true },
    });
    emptyQueue(pipeline.queue);
    const stored = await pipeline.hours.get(feed, hour);
    if (stored) await pipeline.hours.replace(feed, { ...stored.value, hash: undefined }, stored.etag);
    expect(await list(pipeline)).toBe(1);
    expect(batchesIn(pipeline.queue)).toMatchObject([{ attempt: 5 }]);
    expect(await rowsOf(pipeline)).toMatchObject([
      {
        state: 'queued',
        attempt: 5,
        taken: false,
        failures: 0,
        redrives: 0,
        hold: undefined,
        reason: undefined,
        owed: ['soc'],
      },
    ]);
  });

  test('queues a row given up at off-boarding although the write that said so was reported as a conflict', async () => {
    let armed = false;
    const tables = meddledTables(createMemoryTables(), {
      after: (call) => {
        if (!armed || !call.startsWith('transact ledger')) return;
        armed = false;
        throw new RowConflict('Tried twice by the SDK.');
      },
    });
    const pipeline = createTestPipeline({ tables });
    offer(pipeline, 1);
    await list(pipeline);
    await changeRows(pipeline, { state: 'lost', reason: offBoarded, taken: true });
    emptyQueue(pipeline.queue);
    offer(pipeline, 1, 1);
    // The first transaction inserts the new content; the conflict is to hit the second.
    await pipeline.ledger.insert(feed, hour, [
      { ...((await rowsOf(pipeline))[0] ?? never0()), id: 'content-0001', state: 'delivered' },
    ]);
    armed = true;
    await list(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000']);
  });

  test('leaves alone what was lost for another reason', async () => {
    const pipeline = createTestPipeline();
    offer(pipeline, 1);
    await list(pipeline);
    await changeRows(pipeline, { state: 'lost', reason: 'expired' });
    emptyQueue(pipeline.queue);
    offer(pipeline, 1, 1);
    expect(await list(pipeline)).toBe(1);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0001']);
  });
});

const never0 = (): never => {
  throw new Error('There is no row.');
};

test.each([
  ['parked', ['soc'], 'https://manage.office.com/new'],
  ['queued', ['soc'], 'https://manage.office.com/new'],
  ['parked', [], 'https://manage.office.com/content-0000'],
  ['delivered', [], 'https://manage.office.com/content-0000'],
] as const)('a content that is %s, owed to %j, and listed with another address has %s', async (state, owed, uri) => {
  const pipeline = createTestPipeline();
  offer(pipeline, 1);
  await list(pipeline);
  await changeRows(pipeline, { state, owed });
  const [listed] = pipeline.api.contents.splice(0);
  if (listed) pipeline.api.contents.push({ ...listed, uri: 'https://manage.office.com/new' });
  offer(pipeline, 1, 1);
  expect(await list(pipeline)).toBe(1);
  expect((await rowsOf(pipeline))[0]).toMatchObject({ state, uri });
});

describe('with destinations down', () => {
  const down = new DestinationError('It is down; wait.', { kind: 'unavailable' });

  test('what no destination can take waits in the ledger, without a message', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const health = await readDestinationHealth(pipeline);
    for (const { name } of pipeline.destinations) await health.failed(name, down);
    offer(pipeline, 3);

    expect(await list(pipeline)).toBe(3);

    expect((await rowsOf(pipeline)).map(({ state, attempt }) => ({ state, attempt }))).toEqual(
      Array(3).fill({ state: 'waiting', attempt: 1 }),
    );
    expect(queuedIds(pipeline.queue)).toEqual([]);
    expect((await pipeline.hours.get(feed, hour))?.value.hash).toBeDefined();
  });

  test('what one of them can take is enqueued, owed to both', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    await (await readDestinationHealth(pipeline)).failed('archive', down);
    offer(pipeline, 1);

    expect(await list(pipeline)).toBe(1);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'queued', owed: ['soc', 'archive'] }]);
  });
});
