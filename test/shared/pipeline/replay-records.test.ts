import { describe, expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import type { ParkedRecordState } from '../../../shared/state/ledger-row.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import {
  feed,
  finish,
  forward,
  forwardAll,
  hour,
  list,
  listedContent,
  messagesOf,
  onlyMessage,
  receivedIds,
  record,
  recordsOf,
  recordStates,
  refuse,
  rowOf,
  savedNames,
  wake,
} from './forwarding.ts';

const hourMs = 3_600_000;
const isBad = (text: string): boolean => text.includes('bad');
const bigText = 'x'.repeat(4 * 1024 * 1024);

/** What a replay of single records leaves behind: their rows queued, their content queued and owed to nobody. */
async function replay(pipeline: TestPipeline, ids: readonly string[]): Promise<void> {
  const { contents, parkedRecords } = await pipeline.ledger.hour(feed, hour);
  for (const { value, etag } of contents.filter((one) => ids.includes(one.value.id))) {
    const state: ParkedRecordState = 'queued';
    const records = parkedRecords.filter((one) => one.contentId === value.id && one.state === 'parked');
    await pipeline.ledger.replace(feed, hour, [
      {
        value: { ...value, state: 'queued', attempt: value.attempt + 1, failures: 0, settledAt: undefined },
        etag,
        parkedRecords: records.map((one) => ({ ...one, state })),
      },
    ]);
    const { queue } = pipeline;
    const { uri, id, created, expires, attempt } = value;
    const iso = (time: number): string => new Date(time).toISOString();
    const content = { id, uri, created: iso(created), expires: iso(expires) };
    await queue.send(JSON.stringify({ v: 1, ...feed, hour, attempt: attempt + 1, contents: [content] }), 0);
  }
}

describe('a record over 4 MB', () => {
  const big = { ...record('big'), text: bigText };

  test('is parked with its bytes, cut out of the body once more', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), big, record('2')])]);

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(await recordStates(pipeline)).toEqual(['1 - parked']);
    expect(savedNames(pipeline)).toEqual(['a/1']);
    const [bytes] = pipeline.saved.bodies.values();
    expect(JSON.parse(bytes?.toString() ?? '')).toEqual(big);
    expect(pipeline.api.calls).toEqual(['fetch a', 'fetch a']);
  });

  test('is not copied again at later attempts, nor parked anew after a replay', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const [soc, archive] = pipeline.destinations;
    if (!soc || !archive) throw new Error('unreachable');
    archive.down = new DestinationError('It is down.', { kind: 'unavailable' });
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), big])]);
    await finish(pipeline.clock, forward(pipeline, batch));
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', owed: ['archive'], records: { parked: 1 } });

    archive.down = undefined;
    pipeline.clock.advance(40_000);
    await wake(pipeline);
    await forwardAll(pipeline);

    expect(pipeline.api.calls).toHaveLength(3);
    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'parked',
      owed: [],
      records: { delivered: 1, parked: 1 },
    });
  });

  test('that a person replays goes out as it is, alone, to every destination', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), big])]);
    await finish(pipeline.clock, forward(pipeline, batch));
    pipeline.api.calls.length = 0;
    await replay(pipeline, ['a']);
    await forwardAll(pipeline);

    expect(pipeline.api.calls).toEqual([]);
    for (const [index, destination] of pipeline.destinations.entries()) {
      expect(receivedIds(pipeline, index)).toEqual(['1', 'big']);
      expect(destination.deliveries.map(({ records }) => records.length)).toEqual([1, 1]);
    }
    expect(await recordStates(pipeline)).toEqual(['1 - delivered']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'delivered',
      owed: [],
      records: { delivered: 2, duplicates: 0, parked: 0 },
    });
    expect(savedNames(pipeline)).toEqual([]);
  });
});

describe('records that a person replays', () => {
  /** Content `a` with one record parked at `soc`, delivered to `archive`. */
  async function withParked(): Promise<{ pipeline: TestPipeline; mend: () => void }> {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const mend = refuse(pipeline, 0, isBad);
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), record('bad'), record('2')])]);
    await finish(pipeline.clock, forward(pipeline, batch));
    expect(await recordStates(pipeline)).toEqual(['1 soc parked']);
    pipeline.clock.advance(10 * 24 * hourMs);
    pipeline.api.calls.length = 0;
    return { pipeline, mend };
  }

  test('go to their destination only, from what was saved, and are delivered', async () => {
    const { pipeline, mend } = await withParked();
    mend();
    await replay(pipeline, ['a']);
    await forwardAll(pipeline);

    expect(receivedIds(pipeline, 0).sort()).toEqual(['1', '2', 'bad']);
    expect(receivedIds(pipeline, 1)).toEqual(['1', 'bad', '2']);
    expect(pipeline.api.calls).toEqual([]);
    expect(await recordStates(pipeline)).toEqual(['1 soc delivered']);
    // Another destination had it before.
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', records: { delivered: 3, parked: 0 } });
    expect(savedNames(pipeline)).toEqual([]);
  });

  test('are parked again if they are refused again, with the new answer', async () => {
    const { pipeline } = await withParked();
    // It took other records since, so that its word counts.
    pipeline.destinationMarks.lastTaken.set('soc', pipeline.clock.now());
    await replay(pipeline, ['a']);
    await forwardAll(pipeline);

    expect(await recordStates(pipeline)).toEqual(['1 soc parked']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'parked',
      owed: [],
      records: { delivered: 3, parked: 1 },
    });
    expect(savedNames(pipeline)).toEqual(['a/1']);
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('wait while their destination is down', async () => {
    const { pipeline, mend } = await withParked();
    const down = new DestinationError('It is down.', { kind: 'unavailable' });
    await (await readDestinationHealth(pipeline)).failed('soc', down);
    await replay(pipeline, ['a']);
    await forwardAll(pipeline);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'waiting', owed: [] });
    expect(await recordStates(pipeline)).toEqual(['1 soc queued']);

    mend();
    pipeline.clock.advance(5_000);
    await wake(pipeline);
    await forwardAll(pipeline);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered' });
  });

  test('whose bytes are gone are parked again and say so; those whose destination is gone are lost to it', async () => {
    const { pipeline } = await withParked();
    pipeline.saved.bodies.clear();
    await replay(pipeline, ['a']);
    await forwardAll(pipeline);
    expect((await recordsOf(pipeline))[0]?.reason).toMatch(/^What was saved of it is gone\./);
    expect((await rowOf(pipeline, 'a')).state).toBe('parked');

    const { pipeline: other } = await withParked();
    await replay(other, ['a']);
    const without = { ...other, destinations: other.destinations.slice(1) };
    const [message] = messagesOf(other);
    if (message === undefined) throw new Error('unreachable');
    await finish(other.clock, forward(without, message.batch, { messageId: 'm9' }));
    expect(await recordStates(other)).toEqual(['1 soc lost']);
    expect((await recordsOf(other))[0]?.reason).toMatch(/^Its destination is no longer configured\./);
    expect(await rowOf(other, 'a')).toMatchObject({ state: 'delivered', records: { parked: 0 } });
  });

  test('that arrived out of another content meanwhile count as repeats', async () => {
    const { pipeline, mend } = await withParked();
    mend();
    const other = listedContent(pipeline, 'b', [record('bad')], { owed: ['soc'] });
    await pipeline.ledger.insert(feed, hour, [other]);
    await finish(pipeline.clock, forward(pipeline, { ...feed, hour, attempt: 1, contents: [other] }));
    const row = (await pipeline.ledger.contents(feed, hour, ['a'])).get('a');
    if (row === undefined) throw new Error('unreachable');
    // As if it were missing everywhere: what one destination has from this content is no repeat.
    const [parked] = await recordsOf(pipeline);
    const single = { ...pipeline, destinations: pipeline.destinations.slice(0, 1) };
    const records = { delivered: 2, duplicates: 0, parked: 1 };
    const parkedRecords = parked ? [parked] : [];
    await pipeline.ledger.replace(feed, hour, [{ value: { ...row.value, records }, etag: row.etag, parkedRecords }]);
    await replay(pipeline, ['a']);
    await finish(pipeline.clock, forward(single, onlyMessage(pipeline).batch, { messageId: 'm9' }));

    expect(receivedIds(pipeline, 0).sort()).toEqual(['1', '2', 'bad']);
    const counts = { delivered: 2, duplicates: 1, parked: 0 };
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', records: counts });
  });

  test('without an Id, missing everywhere, go once to the one that is up, and later to the other alone', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const big = { CreationTime: '2026-11-22T10:00:00', text: bigText };
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), big])]);
    await finish(pipeline.clock, forward(pipeline, batch));
    const archive = pipeline.destinations[1];
    if (archive) archive.down = new DestinationError('It is down.', { kind: 'unavailable' });
    await replay(pipeline, ['a']);
    for (let round = 0; round < 4; round += 1) {
      await forwardAll(pipeline);
      pipeline.clock.advance(15 * 60_000);
      await wake(pipeline);
    }
    expect(pipeline.destinations.map((_, index) => receivedIds(pipeline, index).length)).toEqual([2, 1]);
    expect(await recordStates(pipeline)).toEqual(['1 - queued', '1 soc delivered']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ records: { delivered: 2, parked: 1 } });

    if (archive) archive.down = undefined;
    for (let round = 0; round < 2; round += 1) {
      await forwardAll(pipeline);
      pipeline.clock.advance(15 * 60_000);
      await wake(pipeline);
    }
    expect(pipeline.destinations.map((_, index) => receivedIds(pipeline, index).length)).toEqual([2, 2]);
    const records = { delivered: 2, duplicates: 0, parked: 0 };
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', records });
  });

  test('go beside what their content still owes', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const mend = refuse(pipeline, 0, isBad);
    const archive = pipeline.destinations[1];
    if (archive) archive.down = new DestinationError('It is down.', { kind: 'unavailable' });
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), record('bad'), record('2')])]);
    await finish(pipeline.clock, forward(pipeline, batch));
    expect(await rowOf(pipeline, 'a')).toMatchObject({ owed: ['archive'], records: { delivered: 2, parked: 1 } });
    (pipeline.queue.messages as unknown[]).length = 0;
    mend();
    if (archive) archive.down = undefined;
    pipeline.clock.advance(60_000);
    await replay(pipeline, ['a']);
    await forwardAll(pipeline);

    expect(receivedIds(pipeline, 0).sort()).toEqual(['1', '2', 'bad']);
    expect(receivedIds(pipeline, 1)).toEqual(['1', 'bad', '2']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', records: { delivered: 3, parked: 0 } });
  });
});
