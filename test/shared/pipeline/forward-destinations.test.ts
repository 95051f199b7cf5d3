import { expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import {
  finish,
  forward,
  frozen,
  list,
  listedContent,
  messagesOf,
  onlyMessage,
  receivedIds,
  record,
  rowOf,
  turn,
  wake,
} from './forwarding.ts';

const down = (retryAfterMs?: number): DestinationError =>
  new DestinationError('Destination archive is down; wait.', { kind: 'unavailable', retryAfterMs });

/** `soc` works, `archive` is down. */
async function withOneDown(): Promise<{ pipeline: TestPipeline; batch: Awaited<ReturnType<typeof list>> }> {
  const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
  const batch = await list(pipeline, [
    listedContent(pipeline, 'a', [record('1'), record('2')]),
    listedContent(pipeline, 'b', [record('3')]),
    listedContent(pipeline, 'empty', []),
  ]);
  const archive = pipeline.destinations[1];
  if (archive) archive.down = down();
  return { pipeline, batch };
}

test('only a destination that fails stays owed: one content asks it again, the others wait without a message', async () => {
  const { pipeline, batch } = await withOneDown();
  const { clock } = pipeline;
  await finish(clock, forward(pipeline, batch));

  expect(await rowOf(pipeline, 'a')).toMatchObject({
    state: 'queued',
    owed: ['archive'],
    attempt: 2,
    failures: 0,
    hold: undefined,
    lastError: 'Destination archive is down; wait.',
    records: { delivered: 2, duplicates: 0, parked: 0 },
  });
  expect(await rowOf(pipeline, 'b')).toMatchObject({
    state: 'waiting',
    owed: ['archive'],
    attempt: 1,
    hold: undefined,
    lastError: 'Destination archive is down; wait.',
    records: { delivered: 1, duplicates: 0, parked: 0 },
  });
  expect((await rowOf(pipeline, 'empty')).state).toBe('delivered');

  const again = onlyMessage(pipeline);
  expect(again).toMatchObject({ contents: ['a'], attempt: 2, inSeconds: 6 });
  clock.advance(6_000);
  await finish(clock, forward(pipeline, again.batch, { messageId: 'm2' }));

  const archive = pipeline.destinations[1];
  if (archive) archive.down = undefined;
  const last = onlyMessage(pipeline);
  expect(last).toMatchObject({ contents: ['a'], attempt: 3, inSeconds: 11 });
  clock.advance(11_000);
  await finish(clock, forward(pipeline, last.batch, { messageId: 'm3' }));
  expect(receivedIds(pipeline, 1)).toEqual(['1', '2']);
  expect(messagesOf(pipeline)).toEqual([]);

  await wake(pipeline);
  const woken = onlyMessage(pipeline);
  expect(woken).toMatchObject({ contents: ['b'], attempt: 2, inSeconds: 0 });
  await finish(clock, forward(pipeline, woken.batch, { messageId: 'm4' }));
  expect(receivedIds(pipeline, 0)).toEqual(['1', '2', '3']);
  expect(receivedIds(pipeline, 1)).toEqual(['1', '2', '3']);
  expect(await rowOf(pipeline, 'a')).toMatchObject({
    state: 'delivered',
    owed: [],
    failures: 0,
    records: { delivered: 2, duplicates: 0, parked: 0 },
  });
  expect(messagesOf(pipeline)).toEqual([]);
});

test('a destination that fails is marked, said once, and comes up when it works again', async () => {
  const { pipeline, batch } = await withOneDown();
  const { clock } = pipeline;
  const begun = clock.now();
  await finish(clock, forward(pipeline, batch));
  clock.advance(6_000);
  await finish(clock, forward(pipeline, onlyMessage(pipeline).batch, { messageId: 'm2' }));

  const marks = await pipeline.destinationMarks.all();
  expect([...marks.keys()]).toEqual(['archive']);
  const mark = marks.get('archive')?.value;
  expect(mark).toMatchObject({ standing: 'down', times: 2, reason: 'Destination archive is down; wait.' });
  expect(mark?.since).toBeGreaterThan(begun);
  expect(pipeline.events.filter(({ event }) => event === 'destination-failing')).toHaveLength(1);

  const archive = pipeline.destinations[1];
  if (archive) archive.down = undefined;
  clock.advance(11_000);
  await finish(clock, forward(pipeline, onlyMessage(pipeline).batch, { messageId: 'm3' }));
  expect((await pipeline.destinationMarks.all()).get('archive')?.value).toMatchObject({ standing: 'came-up' });
  expect(pipeline.events.filter(({ event }) => event === 'destination-works-again')).toHaveLength(1);
});

test('a request that fails is first tried again as it is, within the same batch', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  pipeline.destinations[0]?.failures.push(down(), down(), down());

  await finish(pipeline.clock, forward(pipeline, batch));

  expect(receivedIds(pipeline)).toEqual(['a-1']);
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', attempt: 1 });
});

test('the pause that a destination asks for is kept', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const [soc] = pipeline.destinations;
  if (soc) soc.down = down(600_000);

  await finish(pipeline.clock, forward(pipeline, batch));

  expect(onlyMessage(pipeline)).toMatchObject({ attempt: 2, inSeconds: 601 });
});

test('acknowledgements of two workers both count: each removes only its own destination', async () => {
  const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const [soc, archive] = pipeline.destinations;
  if (!soc || !archive) throw new Error('unreachable');
  const gate = Promise.withResolvers<undefined>();
  pipeline.api.failures.set('fetch a', [
    async () => {
      await gate.promise;
    },
  ]);
  // The first worker is frozen in its fetch, without renewing, until its hold has run out.
  const first = forward({ ...pipeline, clock: frozen(pipeline.clock) }, batch);
  await turn();
  pipeline.clock.advance(60_000);

  archive.down = down();
  await finish(pipeline.clock, forward(pipeline, batch, { dequeueCount: 2 }));
  expect((await rowOf(pipeline, 'a')).owed).toEqual(['archive']);

  archive.down = undefined;
  soc.down = new DestinationError('Destination soc is misconfigured; mend it.', { kind: 'misconfigured' });
  gate.resolve(undefined);
  await turn();
  await first;

  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', owed: [], hold: undefined });
});

test('a worker that woke up late settles although another holds the row, and its settling counts', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  pipeline.api.failures.set(
    'fetch a',
    gates.map(({ promise }) => async () => {
      await promise;
    }),
  );
  const first = forward({ ...pipeline, clock: frozen(pipeline.clock) }, batch);
  await turn();
  pipeline.clock.advance(60_000);
  const second = forward(pipeline, batch, { dequeueCount: 2 });
  await turn();

  gates[0]?.resolve(undefined);
  await turn();
  pipeline.clock.advance(2_000);
  await turn();
  // A settled row needs nobody's hold.
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', hold: undefined });
  gates[1]?.resolve(undefined);
  await finish(pipeline.clock, Promise.all([first, second]));

  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
  expect(messagesOf(pipeline)).toEqual([]);
});

test('a name no longer configured is struck off, and that is said once a batch', async () => {
  const pipeline = createTestPipeline({ destinations: ['soc'] });
  const firstSeen = pipeline.clock.now() - hourMs;
  const batch = await list(pipeline, [
    listedContent(pipeline, 'a', undefined, { firstSeen, owed: ['old', 'soc'] }),
    listedContent(pipeline, 'b', undefined, { firstSeen, owed: ['old', 'older'] }),
    listedContent(pipeline, 'had', undefined, {
      firstSeen,
      owed: ['old'],
      records: { delivered: 1, duplicates: 0, parked: 0 },
    }),
    listedContent(pipeline, 'empty', [], { firstSeen, owed: ['old'] }),
  ]);

  await forward(pipeline, batch);

  expect(receivedIds(pipeline)).toEqual(['a-1']);
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', owed: [], records: { delivered: 1 } });
  expect(await rowOf(pipeline, 'b')).toMatchObject({
    state: 'lost',
    reason: 'owed only to old and older, no longer configured; no destination ever had it',
    owed: ['old', 'older'],
    hold: undefined,
    records: { delivered: 0 },
    settledAt: pipeline.clock.now(),
  });
  expect(await rowOf(pipeline, 'had')).toMatchObject({ state: 'delivered', owed: [], records: { delivered: 1 } });
  expect(await rowOf(pipeline, 'empty')).toMatchObject({ state: 'delivered', owed: [] });
  const said = pipeline.events.filter(({ event }) => event === 'destination-struck-off');
  expect(said.map(({ fields }) => fields['destination'])).toEqual(['old', 'older']);
});

test('a name no longer configured is struck off while another destination is still owed', async () => {
  const pipeline = createTestPipeline({ destinations: ['soc'] });
  const firstSeen = pipeline.clock.now() - hourMs;
  const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { firstSeen, owed: ['old', 'soc'] })]);
  const [soc] = pipeline.destinations;
  if (soc) soc.down = down();

  await finish(pipeline.clock, forward(pipeline, batch));

  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', owed: ['soc'], attempt: 2 });
});

test('a new destination gets what is listed from then on, not what was listed before', async () => {
  const pipeline = createTestPipeline({ destinations: ['soc', 'fresh'] });
  const batch = await list(pipeline, [
    listedContent(pipeline, 'before', undefined, { owed: ['soc'] }),
    listedContent(pipeline, 'after'),
  ]);

  await forward(pipeline, batch);

  expect(receivedIds(pipeline, 0).sort()).toEqual(['after-1', 'before-1']);
  expect(receivedIds(pipeline, 1)).toEqual(['after-1']);
});

test('a name that is not configured here stays owed for an hour: others may have been started with it already', async () => {
  const pipeline = createTestPipeline({ destinations: ['soc', 'fresh'] });
  const { clock } = pipeline;
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  const older = { ...pipeline, destinations: pipeline.destinations.slice(0, 1) };

  await finish(clock, forward(older, batch));
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', owed: ['fresh'], attempt: 2, hold: undefined });
  const again = onlyMessage(pipeline);
  await finish(clock, forward(older, again.batch, { messageId: 'm2' }));
  expect(pipeline.api.calls).toEqual(['fetch a']);

  const last = onlyMessage(pipeline);
  await finish(clock, forward(pipeline, last.batch, { messageId: 'm3' }));
  expect(receivedIds(pipeline, 0)).toEqual(['a-1']);
  expect(receivedIds(pipeline, 1)).toEqual(['a-1']);
  expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', owed: [] });
});
