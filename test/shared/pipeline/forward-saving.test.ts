import { describe, expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import { queueForSaving } from '../../../shared/pipeline/waiting.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import {
  created,
  feed,
  finish,
  forward,
  forwardAll,
  hour,
  list,
  listedContent,
  messagesOf,
  offerBody,
  onlyMessage,
  receivedIds,
  record,
  rowOf,
  savedNames,
  wake,
} from './forwarding.ts';

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;
const unavailable = new DestinationError('It is down; wait.', { kind: 'unavailable' });

/** Moves the clock to so long before (or after) the contents expire. */
const moveTo = ({ clock }: TestPipeline, beforeExpiry: number): void => {
  clock.advance(created + weekMs - beforeExpiry - clock.now());
};

async function putDown(pipeline: TestPipeline, index = 0): Promise<void> {
  const destination = pipeline.destinations[index];
  if (destination === undefined) throw new Error('unreachable');
  destination.down = unavailable;
  await (await readDestinationHealth(pipeline)).failed(destination.name, unavailable);
}

const bringUp = (pipeline: TestPipeline, index = 0): void => {
  const destination = pipeline.destinations[index];
  if (destination) destination.down = undefined;
};

/** Close's part in it: whatever is not saved is sent to be. */
const sendToSave = async (pipeline: TestPipeline): Promise<void> => {
  const { contents } = await pipeline.ledger.hour(feed, hour);
  const unsaved = contents.filter(({ value }) => !value.saved && value.owed.length > 0);
  await queueForSaving(pipeline, feed, hour, unsaved);
};

describe('a content that is still owed a day before its expiry', () => {
  test('is saved when its message comes, and waits; more than a day before it only waits', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    moveTo(pipeline, 24 * hourMs + 1);
    await putDown(pipeline);
    await forward(pipeline, batch);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'waiting', saved: false });

    pipeline.clock.advance(1);
    await sendToSave(pipeline);
    await forwardAll(pipeline);

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'waiting', saved: true, hold: undefined, attempt: 2 });
    expect(savedNames(pipeline)).toEqual(['a/body']);
    expect(pipeline.api.calls).toEqual(['fetch a']);
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('is saved after a destination failed in this very batch, and when only one of two has it', async () => {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    moveTo(pipeline, hourMs);
    const archive = pipeline.destinations[1];
    if (archive) archive.down = unavailable;

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(receivedIds(pipeline, 0)).toEqual(['a-1', 'b-1']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ saved: true, owed: ['archive'] });
    expect(await rowOf(pipeline, 'b')).toMatchObject({ state: 'waiting', saved: true, owed: ['archive'] });
    expect(savedNames(pipeline)).toEqual(['a/body', 'b/body']);
  });

  test('is not saved if all goes well', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    moveTo(pipeline, hourMs);

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', saved: false });
    expect(pipeline.api.calls).toEqual(['fetch a']);
    expect(savedNames(pipeline)).toEqual([]);
  });

  test('goes on being tried while the API will not give it, its neighbour undisturbed', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    moveTo(pipeline, hourMs);
    await putDown(pipeline);
    pipeline.api.failures.set('fetch a', [apiError('server-failed')]);

    await finish(pipeline.clock, forward(pipeline, batch));
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', saved: false, attempt: 2, failures: 0 });
    expect(await rowOf(pipeline, 'b')).toMatchObject({ state: 'waiting', saved: true });
    expect(onlyMessage(pipeline)).toMatchObject({ contents: ['a'], inSeconds: 10 });
  });

  test('is lost, with the API’s reason, if the API does not have it any more', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    moveTo(pipeline, hourMs);
    await putDown(pipeline);
    pipeline.api.failures.set('fetch a', [apiError('content-unknown')]);

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'lost', reason: 'The API said content-unknown.' });
  });

  test('is not called saved if the container does not take it: the message comes back', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    moveTo(pipeline, hourMs);
    await putDown(pipeline);
    const failing = {
      ...pipeline,
      saved: { ...pipeline.saved, saveContent: () => Promise.reject(new StorageError('The container saved is down.')) },
    };

    await expect(finish(pipeline.clock, forward(failing, batch))).rejects.toBeInstanceOf(StorageError);

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', saved: false, hold: undefined });
  });
});

describe('a saved content', () => {
  /** Saved, waiting, and its expiry long past. */
  async function longGone(): Promise<TestPipeline> {
    const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
    const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), record('2')])]);
    moveTo(pipeline, hourMs);
    await putDown(pipeline, 0);
    await putDown(pipeline, 1);
    await finish(pipeline.clock, forward(pipeline, batch));
    pipeline.api.contents.length = 0;
    pipeline.api.calls.length = 0;
    moveTo(pipeline, -3 * 24 * hourMs);
    return pipeline;
  }

  test('is delivered from its copy after ten days, which is then deleted', async () => {
    const pipeline = await longGone();
    bringUp(pipeline, 0);
    bringUp(pipeline, 1);
    await wake(pipeline);
    await forwardAll(pipeline);

    expect(receivedIds(pipeline, 0)).toEqual(['1', '2']);
    expect(receivedIds(pipeline, 1)).toEqual(['1', '2']);
    expect(pipeline.api.calls).toEqual([]);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', saved: false, records: { delivered: 2 } });
    expect(savedNames(pipeline)).toEqual([]);
  });

  test('keeps its copy until nobody is owed it', async () => {
    const pipeline = await longGone();
    bringUp(pipeline, 0);
    await wake(pipeline);
    await forwardAll(pipeline);

    expect(receivedIds(pipeline, 0)).toEqual(['1', '2']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ owed: ['archive'], saved: true });
    expect(savedNames(pipeline)).toEqual(['a/body']);
  });

  test('whose copy is gone is lost with that reason, or fetched again while the API has it', async () => {
    const pipeline = await longGone();
    bringUp(pipeline, 0);
    bringUp(pipeline, 1);
    pipeline.saved.bodies.clear();
    await wake(pipeline);
    await forwardAll(pipeline);
    const row = await rowOf(pipeline, 'a');
    expect(row).toMatchObject({ state: 'lost', hold: undefined });
    expect(row.reason).toContain('saved body is missing');

    const young = createTestPipeline();
    const batch = await list(young, [listedContent(young, 'a', undefined, { saved: true })]);
    await finish(young.clock, forward(young, batch));
    expect(await rowOf(young, 'a')).toMatchObject({ state: 'delivered', saved: false });
    expect(young.events.map(({ event }) => event)).toContain('saved-body-missing');
  });

  test('whose copy cannot be cut is fetched from the API at the next try, as long as it has it', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { saved: true })]);
    await pipeline.saved.saveContent(
      { feed, hour, contentId: 'a' },
      (async function* () {
        yield await Promise.resolve(Buffer.from('[{"Id":'));
      })(),
    );

    await finish(pipeline.clock, forward(pipeline, batch));
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', failures: 1, saved: false });
    expect(savedNames(pipeline)).toEqual([]);
    pipeline.clock.advance(10_000);
    await forwardAll(pipeline);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered' });
  });

  test('is put back for other reasons without regard to its expiry', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { saved: true, attempt: 9 })]);
    moveTo(pipeline, -24 * hourMs);
    const paused = (await pipeline.tenants.get(feed.tenantId)) ?? { value: undefined, etag: '' };
    if (paused.value) await pipeline.tenants.replace({ ...paused.value, state: 'paused' }, paused.etag);

    await forward(pipeline, { ...batch, attempt: 9 });

    expect(onlyMessage(pipeline)).toMatchObject({ attempt: 10, inSeconds: 900 });
  });
});

describe('a parked content near its expiry', () => {
  test('is saved and stays parked; its replay is served from the copy', async () => {
    const pipeline = createTestPipeline();
    await list(pipeline, [
      listedContent(pipeline, 'a', undefined, { state: 'parked', reason: 'It was rejected.', failures: 5, attempt: 5 }),
    ]);
    moveTo(pipeline, hourMs);
    await sendToSave(pipeline);
    await forwardAll(pipeline);

    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'parked',
      reason: 'It was rejected.',
      failures: 5,
      saved: true,
      hold: undefined,
    });
    expect(savedNames(pipeline)).toEqual(['a/body']);
    expect(receivedIds(pipeline)).toEqual([]);
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('is left as it is if the API will not give it: Close sends it again', async () => {
    const pipeline = createTestPipeline();
    await list(pipeline, [listedContent(pipeline, 'a', undefined, { state: 'parked', reason: 'Bad.' })]);
    offerBody(pipeline, 'a', '[]');
    moveTo(pipeline, hourMs);
    pipeline.api.failures.set('fetch a', [apiError('throttled', 60_000)]);
    await sendToSave(pipeline);
    await forwardAll(pipeline);

    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'parked',
      reason: 'Bad.',
      saved: false,
      hold: undefined,
    });
    expect(messagesOf(pipeline)).toEqual([]);
    // The throttle keeps the next one from asking, too.
    await sendToSave(pipeline);
    await forwardAll(pipeline);
    expect(pipeline.api.calls).toEqual(['fetch a']);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'parked', saved: false, hold: undefined });
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('is not touched by an old message long before', async () => {
    const pipeline = createTestPipeline();
    const content = listedContent(pipeline, 'a', undefined, { state: 'parked', reason: 'Bad.' });
    const batch = await list(pipeline, [content]);
    await forward(pipeline, batch);
    expect(await rowOf(pipeline, 'a')).toEqual(content);
  });

  test('whose worker died while it was saved is no more dead for it', async () => {
    const pipeline = createTestPipeline();
    const now = created + weekMs - hourMs;
    const hold = { by: 'm1/1', until: now - 1, alone: true };
    const batch = await list(pipeline, [
      listedContent(pipeline, 'a', undefined, { state: 'parked', reason: 'Bad.', hold, deaths: 4 }),
    ]);
    moveTo(pipeline, hourMs);

    await finish(pipeline.clock, forward(pipeline, batch, { dequeueCount: 2 }));

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'parked', reason: 'Bad.', deaths: 4, saved: true });
  });
});
