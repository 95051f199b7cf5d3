import { describe, expect, test } from 'vitest';

import { closeHours } from '../../../shared/pipeline/close-hours.ts';
import { beginClosing } from '../../../shared/pipeline/closing.ts';
import { listHour } from '../../../shared/pipeline/list-hour.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { listed } from './closing-fixture.ts';
import {
  batchesIn,
  changeRows,
  close,
  emptyQueue,
  feed,
  hour,
  hours,
  never,
  offer,
  queuedIds,
  rowsOf,
} from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

describe('a queued row', () => {
  test('is queued again 15 minutes past its due, then after 30 more, then an hour', async () => {
    const pipeline = await listed(1);
    for (const wait of [0.25, 0.5, 1]) {
      pipeline.clock.advance(hours(wait) - 1);
      await close(pipeline);
      expect(queuedIds(pipeline.queue)).toEqual([]);
      pipeline.clock.advance(1);
      await close(pipeline);
      expect(queuedIds(pipeline.queue)).toEqual(['content-0000']);
      emptyQueue(pipeline.queue);
    }
    expect(await rowsOf(pipeline)).toMatchObject([{ state: 'queued', redrives: 3, due: pipeline.clock.now() }]);
  });

  test('is queued again with the attempt that it has, in batches', async () => {
    const pipeline = await listed(130);
    await changeRows(pipeline, { attempt: 3 });
    pipeline.clock.advance(hours(1));
    expect(await close(pipeline)).toEqual({
      counted: [{ feed, openContents: 130 }],
      uncounted: new Set(),
      failures: [],
    });
    const batches = batchesIn(pipeline.queue);
    expect(new Set(batches.map(({ attempt }) => attempt))).toEqual(new Set([3]));
    expect(Math.max(...batches.map(({ contents }) => contents.length))).toBe(20);
    expect(new Set(queuedIds(pipeline.queue)).size).toBe(130);
  });

  test('that a worker holds is left alone, even past its expiry', async () => {
    const pipeline = await listed(1);
    pipeline.clock.advance(hours(24 * 8));
    await changeRows(pipeline, { hold: { by: 'message-1', until: pipeline.clock.now() + 1, alone: false } });
    await close(pipeline);
    expect(pipeline.queue.messages).toEqual([]);
    expect((await rowsOf(pipeline))[0]?.state).toBe('queued');
    pipeline.clock.advance(1);
    await close(pipeline);
    expect((await rowsOf(pipeline))[0]?.state).toBe('lost');
  });

  test('past its expiry is lost, with a reason that a person can read', async () => {
    const pipeline = await listed(1, { destinations: ['soc', 'archive'] });
    pipeline.clock.advance(hours(24 * 7));
    expect((await close(pipeline)).counted).toEqual([{ feed, openContents: 0 }]);
    expect(await rowsOf(pipeline)).toMatchObject([
      {
        state: 'lost',
        reason: 'expired at 2026-11-29T09:00:00.000Z before it reached soc and archive',
        settledAt: pipeline.clock.now(),
      },
    ]);
    expect(pipeline.events).toContainEqual({
      event: 'contents-lost',
      level: 'error',
      fields: { ...feed, hour, contents: 1, reason: 'expired' },
    });
    expect(pipeline.queue.messages).toEqual([]);
  });

  test('that is delivered while Close makes up its mind stays delivered', async () => {
    let meddle = false;
    const tables = createMemoryTables();
    const worker = createTestPipeline({ tables });
    const pipeline = await listed(1, {
      tables: meddledTables(tables, {
        before: async (call) => {
          if (!meddle || !call.startsWith('transact')) return;
          meddle = false;
          await changeRows(worker, { state: 'delivered', owed: [] });
        },
      }),
    });
    pipeline.clock.advance(hours(24 * 7));
    meddle = true;
    expect((await close(pipeline)).failures).toEqual([]);
    expect(meddle).toBe(false);
    expect((await rowsOf(pipeline))[0]).toMatchObject({ state: 'delivered', reason: undefined });
    await close(pipeline);
    expect((await pipeline.hours.get(feed, hour))?.value.sums?.contents).toMatchObject({ delivered: 1, lost: 0 });
  });
});

describe('a parked row', () => {
  test('keeps its hour open, and is lost when it expires', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { state: 'parked', reason: 'It failed five times.' });
    await close(pipeline);
    expect(await pipeline.openHours.all()).toHaveLength(1);
    pipeline.clock.advance(hours(24 * 7));
    await close(pipeline);
    expect((await rowsOf(pipeline))[0]?.state).toBe('lost');
  });

  test('that failed expires although records of it are parked too', async () => {
    const pipeline = await listed(1);
    await parkRecordOf(pipeline, { state: 'parked', reason: 'It failed five times.', owed: ['soc'] });
    pipeline.clock.advance(hours(24 * 7));
    await close(pipeline);
    expect((await rowsOf(pipeline))[0]?.state).toBe('lost');
  });

  test('only for its records does not expire', async () => {
    const pipeline = await listed(1);
    await parkRecordOf(pipeline, { state: 'parked', reason: '1 of its records are parked', owed: [] });
    pipeline.clock.advance(hours(24 * 30));
    await close(pipeline);
    expect((await rowsOf(pipeline))[0]?.state).toBe('parked');
    expect(await pipeline.openHours.all()).toHaveLength(1);
  });
});

async function parkRecordOf(pipeline: TestPipeline, change: Parameters<typeof changeRows>[1]): Promise<void> {
  const { contents } = await pipeline.ledger.hour(feed, hour);
  const record = {
    contentId: 'content-0000',
    state: 'parked' as const,
    destination: undefined,
    ordinal: 3,
    recordId: 'record-3',
    reason: 'The record is too long.',
    firstSeen: pipeline.clock.now(),
  };
  await pipeline.ledger.replace(
    feed,
    hour,
    contents.map(({ value, etag }) => ({ value: { ...value, ...change }, etag, parkedRecords: [record] })),
  );
}

describe('an hour', () => {
  test('with nothing left to do is closed with its sums and leaves the index', async () => {
    const pipeline = await listed(3);
    const { contents } = await pipeline.ledger.hour(feed, hour);
    const records = { delivered: 5, duplicates: 2, parked: 0 };
    await pipeline.ledger.replace(
      feed,
      hour,
      contents.map(({ value, etag }, index) => ({
        value: { ...value, owed: [], state: index === 0 ? 'lost' : 'delivered', records },
        etag,
      })),
    );
    expect(await close(pipeline)).toEqual({ counted: [{ feed, openContents: 0 }], uncounted: new Set(), failures: [] });
    expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({
      open: false,
      sums: {
        contents: { queued: 0, delivered: 2, parked: 0, lost: 1 },
        records: { delivered: 15, duplicates: 6, parked: 0 },
      },
    });
    expect(await pipeline.openHours.all()).toEqual([]);
  });

  test('stays open while a row waits', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { state: 'waiting' });
    expect((await close(pipeline)).counted).toEqual([{ feed, openContents: 1 }]);
    expect(await pipeline.openHours.all()).toHaveLength(1);
  });

  test('whose hash is clear is not closed before it has been out of reach for a while', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    const stored = await pipeline.hours.get(feed, hour);
    if (stored) await pipeline.hours.replace(feed, { ...stored.value, hash: undefined }, stored.etag);
    await close(pipeline);
    // 09:00 leaves reach 167 h later; a lister that began before that may still be at work.
    pipeline.clock.advance(Date.parse('2026-11-29T08:01:00Z') - pipeline.clock.now());
    await close(pipeline);
    expect(await pipeline.openHours.all()).toHaveLength(1);
    pipeline.clock.advance(hours(1));
    await close(pipeline);
    expect(await pipeline.openHours.all()).toEqual([]);
    expect((await pipeline.hours.get(feed, hour))?.value.open).toBe(false);
  });

  test('in the index that was never written stays until it is out of reach', async () => {
    const pipeline = createTestPipeline();
    await pipeline.openHours.touch(feed, hour);
    pipeline.clock.advance(hours(160));
    expect(await close(pipeline)).toEqual({ counted: [{ feed, openContents: 0 }], uncounted: new Set(), failures: [] });
    expect(await pipeline.openHours.all()).toHaveLength(1);
    pipeline.clock.advance(hours(9));
    await close(pipeline);
    expect(await pipeline.openHours.all()).toEqual([]);
  });

  /** Closes an hour whose contents are delivered; a lister opens it right before this call of Close's. */
  async function closeWhileListed(at: string): Promise<{ pipeline: TestPipeline; lister: TestPipeline }> {
    const tables = createMemoryTables();
    let meddle = false;
    const lister = createTestPipeline({ tables });
    const pipeline = await listed(1, {
      tables: meddledTables(tables, {
        before: async (call) => {
          if (!meddle || call !== at) return;
          meddle = false;
          offer(lister, 2);
          await listHour(lister, activeTenant(), feed, hour, never);
        },
      }),
    });
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    meddle = true;
    await close(pipeline);
    expect(meddle).toBe(false);
    return { pipeline, lister };
  }

  test('that a lister opens meanwhile stays open and in the index', async () => {
    const { pipeline, lister } = await closeWhileListed('replace hours202611');
    expect((await pipeline.hours.get(feed, hour))?.value).toMatchObject({ open: true, sums: undefined });
    expect(await pipeline.openHours.all()).toHaveLength(1);
    expect(queuedIds(lister.queue)).toEqual(['content-0001']);
  });

  test('that a lister opens between the closing and the index stays in the index', async () => {
    const { pipeline } = await closeWhileListed('remove open');
    expect(await pipeline.openHours.all()).toHaveLength(1);
    expect((await pipeline.hours.get(feed, hour))?.value.open).toBe(true);
  });

  test('that cannot be looked at does not keep the others from it', async () => {
    let broken = true;
    const error = new StorageError('Storage did not answer.');
    const tables = meddledTables(createMemoryTables(), {
      before: (call) => {
        if (!broken || !call.startsWith('query ledger')) return;
        broken = false;
        throw error;
      },
    });
    broken = false;
    const pipeline = await listed(1, { tables });
    await pipeline.openHours.touch({ ...feed, contentType: 'Audit.General' }, hour);
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    const open = await pipeline.openHours.all();
    broken = true;
    const { counted, failures } = await closeHours(await beginClosing(pipeline), open.toReversed(), never);
    expect(failures).toEqual([error]);
    expect(counted).toHaveLength(1);
  });

  test('is left alone when time is up', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    const { counted } = await closeHours(
      await beginClosing(pipeline),
      await pipeline.openHours.all(),
      AbortSignal.abort(),
    );
    expect(counted).toEqual([]);
    expect(await pipeline.openHours.all()).toHaveLength(1);
  });
});
