import { describe, expect, test } from 'vitest';

import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { listParked } from '../../../shared/pipeline/parked.ts';
import { replayParked } from '../../../shared/pipeline/replay-parked.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { offBoard } from '../../../shared/tenants/off-board.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, createTestPipeline, tenantId } from '../../support/test-pipeline.ts';
import { markDown, parkedRecord, parkRecords, recordStates, save } from './closing-fixture.ts';
import { cycles, eventsOf, minute } from './cycle-fixture.ts';
import { isHere, leaving, stops } from './leaving-fixture.ts';
import { changeRows, close, feed, hour, queuedIds, rowsOf } from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

const settled = { state: 'delivered', owed: [] } as const;

describe('a tenant that leaves with drain', () => {
  test('stays, subscribed and not listed any more, while anything of it is queued', async () => {
    const pipeline = await leaving(2, 'drain');
    const { contents } = await pipeline.ledger.hour(feed, hour);
    await pipeline.ledger.replace(
      feed,
      hour,
      contents.slice(1).map(({ value, etag }) => ({ value: { ...value, ...settled }, etag })),
    );
    await cycles(pipeline, 10);
    expect(await isHere(pipeline)).toBe(true);
    expect(pipeline.api.calls).toEqual([]);
  });

  test('then has its subscriptions stopped, and it, its feeds and its history are gone; the ledger is not', async () => {
    const pipeline = await leaving(2, 'drain');
    await changeRows(pipeline, settled);
    await listCycle(pipeline);
    expect(pipeline.api.calls).toEqual(stops);
    expect(pipeline.api.subscriptions).not.toContain('Audit.Exchange');
    expect(await isHere(pipeline)).toBe(false);
    expect(await pipeline.feeds.all()).toEqual([]);
    expect(await pipeline.history.ofTenant(tenantId, 10)).toEqual([]);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }]);
    expect(eventsOf(pipeline, 'tenant-off-boarded')).toMatchObject([{ fields: { tenantId } }]);
  });

  test('is waited for as long as a destination is down that its contents are owed to', async () => {
    const pipeline = await leaving(1, 'drain');
    await markDown(pipeline, 'soc', { until: pipeline.clock.now() + 86_400_000 });
    await changeRows(pipeline, { state: 'waiting' });
    await cycles(pipeline, 6);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'waiting' }]);
    expect(await isHere(pipeline)).toBe(true);
  });

  test('may be told to drop what is left', async () => {
    const pipeline = await leaving(1, 'drain');
    await cycles(pipeline, 2);
    await offBoard(pipeline, tenantId, 'drop', 'Alex');
    await listCycle(pipeline);
    expect(await isHere(pipeline)).toBe(false);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'lost', reason: 'off-boarded' }]);
  });
});

describe('what is parked of a tenant that leaves with drain', () => {
  const parked = { state: 'parked', owed: ['soc'], reason: 'It could not be cut.', settledAt: 0 } as const;

  test('holds nobody up, and stays parked with its bytes when the tenant is gone', async () => {
    const pipeline = await leaving(1, 'drain');
    await parkRecords(pipeline, { ...parked, saved: true }, parkedRecord({ destination: 'soc' }));
    await save(pipeline, 3);
    const before = await rowsOf(pipeline);
    await cycles(pipeline, 10);
    expect(await isHere(pipeline)).toBe(false);
    expect(await rowsOf(pipeline)).toEqual(before);
    expect(await recordStates(pipeline)).toEqual(['parked']);
    expect(pipeline.saved.bodies.size).toBe(2);
    expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({
      open: true,
      hash: expect.any(String) as string,
    });
  });

  test('is shown, but can be replayed only when the tenant was added again', async () => {
    const pipeline = await leaving(1, 'drain');
    await changeRows(pipeline, parked);
    await listCycle(pipeline);
    const reason = 'It could not be cut. Its tenant was off-boarded: add it again to replay this.';
    expect(await listParked(pipeline)).toMatchObject([{ reason, replayableUntil: null }]);
    expect(await replayParked(pipeline, {}, 'Alex')).toBe(0);
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'parked' }]);

    await pipeline.tenants.insert(activeTenant());
    expect(await listParked(pipeline)).toMatchObject([
      { reason: 'It could not be cut.', replayableUntil: expect.any(Number) as number },
    ]);
    expect(await replayParked(pipeline, {}, 'Alex')).toBe(1);
    expect(queuedIds(pipeline.queue)).toEqual(['content-0000']);
  });

  test('is not queued to be saved when nobody may fetch it any more, and is lost when it expires', async () => {
    const pipeline = await leaving(1, 'drain');
    await changeRows(pipeline, parked);
    await listCycle(pipeline);
    const [row] = await rowsOf(pipeline);
    pipeline.clock.advance((row?.expires ?? 0) - pipeline.clock.now() - 60 * minute);
    await close(pipeline);
    expect(queuedIds(pipeline.queue)).toEqual([]);
    pipeline.clock.advance(60 * minute);
    await close(pipeline);
    expect(await rowsOf(pipeline)).toMatchObject([
      { state: 'lost', reason: expect.stringContaining('expired') as string },
    ]);
  });
});

describe('a tenant that leaves with drop', () => {
  test('is gone within a cycle, its contents lost with the reason, after its subscriptions were stopped', async () => {
    const pipeline = await leaving(3, 'drop');
    await listCycle(pipeline);
    expect(await isHere(pipeline)).toBe(false);
    expect(pipeline.api.calls).toEqual(stops);
    expect(await rowsOf(pipeline)).toMatchObject(Array(3).fill({ state: 'lost', reason: 'off-boarded' }));
    expect((await pipeline.hours.get(feed, hour))?.value.hash).toBeUndefined();
  });

  test('waits for what a worker has in hand, and nothing is stopped until then', async () => {
    const pipeline = await leaving(1, 'drop');
    await changeRows(pipeline, { hold: { by: 'm1/1', until: pipeline.clock.now() + minute, alone: true } });
    await listCycle(pipeline);
    expect(await isHere(pipeline)).toBe(true);
    expect(pipeline.api.calls).toEqual([]);
    pipeline.clock.advance(minute);
    await listCycle(pipeline);
    expect(await isHere(pipeline)).toBe(false);
  });

  test('does not wait for an hour that a lister never came to write', async () => {
    const pipeline = await leaving(0, 'drop');
    await pipeline.openHours.touch(feed, hour);
    await listCycle(pipeline);
    expect(await isHere(pipeline)).toBe(false);
  });
});

test('a tenant that never consented is gone within a cycle, and Microsoft is not asked', async () => {
  const pipeline = createTestPipeline();
  await pipeline.tenants.insert(activeTenant({ state: 'invited', consentedAt: undefined }));
  await offBoard(pipeline, tenantId, 'drain', 'Alex');
  await listCycle(pipeline);
  expect(await isHere(pipeline)).toBe(false);
  expect(pipeline.api.calls).toEqual([]);
});

test('a feed that a lister made while its tenant left is deleted', async () => {
  const pipeline = createTestPipeline();
  await pipeline.feeds.insert(newFeed(feed));
  await cycles(pipeline, 5);
  expect(await pipeline.feeds.all()).toEqual([]);
});

test('a feed of a tenant that was added again while Close was at work is not deleted', async () => {
  const tables = createMemoryTables();
  const operator = createTestPipeline({ tables });
  let reads: string[] = [];
  const lister = createTestPipeline({
    tables: meddledTables(tables, {
      after: async (call) => {
        reads.push(call);
        // First to list, then to close: the tenants have been read by then.
        const isClosing = reads.filter((read) => read === 'query feeds').length === 2;
        if (isClosing && !(await isHere(operator))) await operator.tenants.insert(activeTenant({ state: 'paused' }));
      },
    }),
  });
  await operator.feeds.insert(newFeed(feed));
  for (let cycle = 1; cycle <= 5; cycle += 1) {
    const stored = await operator.tenants.get(tenantId);
    if (stored) await operator.tenants.remove(tenantId, stored.etag);
    reads = [];
    await listCycle(lister);
    expect(await isHere(operator)).toBe(true);
  }
  expect(await operator.feeds.all()).toHaveLength(1);
});

test('storage that fails for one tenant is said when all the others were seen off', async () => {
  const tables = createMemoryTables();
  const other = '22222222-3333-4444-5555-666666666666';
  let removals = 0;
  const pipeline = createTestPipeline({
    tables: meddledTables(tables, {
      before: (call) => {
        if (call === 'remove tenants' && (removals += 1) === 1) throw new Error('Storage is down.');
      },
    }),
  });
  for (const id of [tenantId, other]) {
    await pipeline.tenants.insert(activeTenant({ tenantId: id }));
    await offBoard(pipeline, id, 'drop', 'Alex');
  }
  await expect(listCycle(pipeline)).rejects.toThrow('Storage is down.');
  expect(await pipeline.tenants.all()).toHaveLength(1);
  expect(eventsOf(pipeline, 'tenant-not-off-boarded')).toHaveLength(1);
  await listCycle(pipeline);
  expect(await pipeline.tenants.all()).toEqual([]);
});
