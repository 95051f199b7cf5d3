import { describe, expect, test } from 'vitest';

import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import {
  finish,
  forward,
  forwardAll,
  list,
  listedContent,
  messagesOf,
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

describe('a record that a destination refuses', () => {
  test('among others that it takes is parked, with its bytes and the answer; the rest is delivered', async () => {
    const pipeline = createTestPipeline();
    refuse(pipeline, 0, isBad);
    const batch = await list(pipeline, [
      listedContent(pipeline, 'a', [record('1'), record('bad'), record('2')]),
      listedContent(pipeline, 'b'),
    ]);

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(receivedIds(pipeline).sort()).toEqual(['1', '2', 'b-1']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'parked',
      owed: [],
      reason: '1 of its records are parked',
      hasRecordRows: true,
      records: { delivered: 2, duplicates: 0, parked: 1 },
    });
    expect(await recordsOf(pipeline)).toMatchObject([
      { contentId: 'a', state: 'parked', destination: 'soc', ordinal: 1, recordId: 'bad' },
    ]);
    expect((await recordsOf(pipeline))[0]?.reason).toContain('no such field');
    expect(savedNames(pipeline)).toEqual(['a/1']);
    const [bytes] = pipeline.saved.bodies.values();
    expect(JSON.parse(bytes?.toString() ?? '')).toEqual(record('bad'));
    expect((await readDestinationHealth(pipeline)).isDown('soc')).toBe(false);
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('at one of two destinations is delivered to the other, once', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    refuse(pipeline, 0, isBad);
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), record('bad'), record('2')])]);

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(receivedIds(pipeline, 1)).toEqual(['1', 'bad', '2']);
    expect(await recordStates(pipeline)).toEqual(['1 soc parked']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'parked',
      owed: [],
      records: { delivered: 3, duplicates: 0, parked: 1 },
    });
  });

  test('alone, with nothing else taken, is only suspected: nothing is parked, the destination counts as misconfigured', async () => {
    const pipeline = createTestPipeline();
    refuse(pipeline, 0, isBad);
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('bad')])]);

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(await recordStates(pipeline)).toEqual(['0 soc refused']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'waiting', owed: ['soc'], records: { parked: 0 } });
    expect((await readDestinationHealth(pipeline)).downMark('soc')?.reason).toContain('refuses what it is sent');
    // It would prove nothing as a probe.
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('is parked once the destination took another record since, whoever brought that', async () => {
    const pipeline = createTestPipeline();
    refuse(pipeline, 0, isBad);
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('bad')]), listedContent(pipeline, 'b')]);
    const [a, b] = batch.contents.map((content) => ({ ...batch, contents: [content] }));
    if (a === undefined || b === undefined) throw new Error('unreachable');
    await finish(pipeline.clock, forward(pipeline, a));
    pipeline.clock.advance(5_000);
    await finish(pipeline.clock, forward(pipeline, b, { messageId: 'm2' }));
    expect((await rowOf(pipeline, 'b')).state).toBe('delivered');

    pipeline.clock.advance(1_000);
    await wake(pipeline);
    await forwardAll(pipeline);

    expect(await recordStates(pipeline)).toEqual(['0 soc parked']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'parked', owed: [], records: { parked: 1 } });
  });

  test('goes back by itself: its neighbours are not kept from the destination by it', async () => {
    const pipeline = createTestPipeline();
    refuse(pipeline, 0, isBad);
    const all = Array.from({ length: 100 }, (_, index) => record(`bad${index}`));
    const batch = await list(pipeline, [
      listedContent(pipeline, 'a', all),
      listedContent(pipeline, 'b', [record('good')]),
      listedContent(pipeline, 'c', [record('better')]),
    ]);
    // It works for others, so it is not down.
    pipeline.destinationMarks.lastTaken.set('soc', pipeline.clock.now());
    await finish(pipeline.clock, forward(pipeline, batch));
    expect(receivedIds(pipeline)).toEqual([]);
    expect(messagesOf(pipeline).map(({ contents }) => contents)).toEqual([['a'], ['b', 'c']]);

    pipeline.clock.advance(10_000);
    await forwardAll(pipeline);
    expect(receivedIds(pipeline)).toEqual(['good', 'better']);
  });

  test('whose worker dies before it has a row leaves no bytes behind that nobody knows of', async () => {
    const pipeline = createTestPipeline();
    const mend = refuse(pipeline, 0, isBad);
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('bad')])]);
    const { ledger, saved } = pipeline;
    const down = new StorageError('Storage is down.');
    const replace: typeof ledger.replace = (...change) =>
      saved.bodies.size > 0 ? Promise.reject(down) : ledger.replace(...change);
    const dying = { ...pipeline, ledger: { ...ledger, replace } };
    await expect(finish(pipeline.clock, forward(dying, batch))).rejects.toBe(down);
    expect(savedNames(pipeline)).toEqual(['a/0']);

    mend();
    pipeline.clock.advance(10 * 60_000);
    await finish(pipeline.clock, forward(pipeline, batch, { dequeueCount: 2 }));
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', hasRecordRows: false });
    expect(savedNames(pipeline)).toEqual([]);
  });

  test('is delivered after all if the destination was mended: its row says so, its bytes go', async () => {
    const pipeline = createTestPipeline();
    const mend = refuse(pipeline, 0, isBad);
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('bad')])]);
    await finish(pipeline.clock, forward(pipeline, batch));
    expect(savedNames(pipeline)).toEqual(['a/0']);
    mend();
    pipeline.clock.advance(40_000);
    await wake(pipeline);
    await forwardAll(pipeline);

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', records: { delivered: 1, parked: 0 } });
    expect(await recordStates(pipeline)).toEqual(['0 soc delivered']);
    expect(savedNames(pipeline)).toEqual([]);
  });

  test.each([
    ['ever', false],
    ['since the very moment when it was refused', true],
  ])('with no other traffic %s is decided by the test record after an hour', async (_since, isSameMoment) => {
    const pipeline = createTestPipeline();
    refuse(pipeline, 0, isBad);
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('bad')])]);
    await finish(pipeline.clock, forward(pipeline, batch));
    const refusedAt = (await recordsOf(pipeline))[0]?.firstSeen ?? NaN;
    if (isSameMoment) pipeline.destinationMarks.lastTaken.set('soc', refusedAt);
    const probe = async (): Promise<void> => {
      await wake(pipeline);
      await forwardAll(pipeline);
    };
    pipeline.clock.advance(hourMs / 2);
    await probe();
    expect(pipeline.destinations[0]?.deliveries).toEqual([]);
    expect(await recordStates(pipeline)).toEqual(['0 soc refused']);

    pipeline.clock.advance(hourMs / 2);
    await probe();
    expect(pipeline.destinations[0]?.deliveries).toHaveLength(1);
    expect(receivedIds(pipeline)[0]).not.toBe('bad');
    expect(await recordStates(pipeline)).toEqual(['0 soc refused']);
    expect((await readDestinationHealth(pipeline)).isDown('soc')).toBe(false);

    pipeline.clock.advance(60_000);
    await forwardAll(pipeline);
    expect(await recordStates(pipeline)).toEqual(['0 soc parked']);
    expect((await rowOf(pipeline, 'a')).state).toBe('parked');
  });

  test('by one that refuses everything for days is not parked, nor are its neighbours; then all arrive', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const mend = refuse(pipeline, 0, () => true);
    const ids = ['a', 'b', 'c', 'd'];
    const batch = await list(
      pipeline,
      ids.map((id) => listedContent(pipeline, id, [record(`${id}-1`), record(`${id}-2`)])),
    );
    await finish(pipeline.clock, forward(pipeline, batch));
    for (let day = 0; day < 4; day += 1) {
      pipeline.clock.advance(24 * hourMs);
      await wake(pipeline);
      await forwardAll(pipeline);
      expect((await recordStates(pipeline)).filter((text) => !text.endsWith('refused'))).toEqual([]);
    }
    expect(receivedIds(pipeline, 1).sort()).toEqual(ids.flatMap((id) => [`${id}-1`, `${id}-2`]));
    mend();
    for (let rounds = 0; rounds < 4; rounds += 1) {
      pipeline.clock.advance(120_000);
      await wake(pipeline);
      await forwardAll(pipeline);
    }
    for (const id of ids) expect((await rowOf(pipeline, id)).state).toBe('delivered');
    expect((await recordStates(pipeline)).filter((text) => !text.endsWith('delivered'))).toEqual([]);
    expect(receivedIds(pipeline, 0).sort()).toEqual(ids.flatMap((id) => [`${id}-1`, `${id}-2`]));
    expect(receivedIds(pipeline, 1)).toHaveLength(8);
    expect(savedNames(pipeline)).toEqual([]);
  });
});
