import { expect, test } from 'vitest';

import type { ContentRepeats } from '../../../shared/repeats/repeats.ts';
import { turn } from '../pipeline/forwarding.ts';
import { createWorker, createWorld, feed, record, records, take } from './repeats-fixture.ts';

const missedOf = async (ended: Promise<ContentRepeats>, destination = 'soc'): Promise<readonly number[] | undefined> =>
  (await ended).missed.get(destination);

/** Whether a promise has settled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  await turn();
  return done;
}

test.each([['of the same batch'], ['of another batch']])(
  'a copy in flight %s is waited for only by the end',
  async (of) => {
    const { tables, clock } = createWorld();
    const worker = createWorker(tables, clock);
    using one = worker.begin(feed);
    using another = worker.begin(feed);
    const two = of === 'of the same batch' ? one : another;
    await one.sort('soc', 'a', records(1, 2));
    expect(await two.sort('soc', 'b', records(2, 3))).toMatchObject({ fresh: [{ ordinal: 1 }], repeats: [0] });
    await take(two, 'soc', 'b', records(2, 3).slice(1));
    const ended = two.end('b');
    expect(await isDone(ended)).toBe(false);
    await take(one, 'soc', 'a', records(1, 2));
    expect(await missedOf(ended)).toEqual([]);
    expect((await ended).delivered.size).toBe(1);
  },
);

test('both in flight in two processes: both deliver it, which is the one thing that nobody can know', async () => {
  const { tables, clock } = createWorld();
  using one = createWorker(tables, clock).begin(feed);
  using two = createWorker(tables, clock).begin(feed);
  expect((await one.sort('soc', 'a', records(1))).fresh).toHaveLength(1);
  expect((await two.sort('soc', 'b', records(1))).fresh).toHaveLength(1);
});

test('a twin that had its word and was not taken is owed still', async () => {
  const { tables, clock } = createWorld();
  using batch = createWorker(tables, clock).begin(feed);
  await batch.sort('soc', 'a', records(1, 2));
  await batch.sort('soc', 'b', records(1, 2));
  await take(batch, 'soc', 'a', records(1));
  const b = batch.end('b');
  expect(await isDone(b)).toBe(false);
  expect(await missedOf(batch.end('a'))).toEqual([]);
  expect(await missedOf(b)).toEqual([1]);
  // Nobody knows whether it is still on its way: it is not sent again while the batch goes on, and not waited for.
  expect((await batch.sort('soc', 'c', records(2))).repeats).toEqual([0]);
  expect(await missedOf(batch.end('c'))).toEqual([0]);
});

test('a twin whose stream broke is owed still, unless it arrives all the same', async () => {
  const { tables, clock } = createWorld();
  const worker = createWorker(tables, clock);
  {
    using batch = worker.begin(feed);
    await batch.sort('soc', 'a', records(1, 2));
    await batch.sort('soc', 'b', records(1, 2));
    const b = batch.end('b');
    batch.abandon('a');
    expect(await missedOf(b)).toEqual([0, 1]);
    await take(batch, 'soc', 'a', records(1));
  }
  using batch = worker.begin(feed);
  expect(await batch.sort('soc', 'b', records(1, 2))).toMatchObject({ fresh: [{ ordinal: 1 }], repeats: [0] });
});

test('a batch that ends gives up what it had in flight', async () => {
  const { tables, clock } = createWorld();
  const worker = createWorker(tables, clock);
  const one = worker.begin(feed);
  using two = worker.begin(feed);
  await one.sort('soc', 'a', records(1));
  await two.sort('soc', 'b', records(1));
  const b = two.end('b');
  expect(await isDone(b)).toBe(false);
  one[Symbol.dispose]();
  expect(await missedOf(b)).toEqual([0]);
  expect((await two.sort('soc', 'c', records(1))).fresh).toHaveLength(1);
});

test('two contents that hold each other’s records wait in no ring', async () => {
  const { tables, clock } = createWorld();
  using batch = createWorker(tables, clock).begin(feed);
  const [one, two] = records(1, 2);
  if (one === undefined || two === undefined) throw new Error('There are two records.');
  await batch.sort('soc', 'a', [one]);
  await batch.sort('soc', 'b', [two]);
  expect((await batch.sort('soc', 'a', [two])).repeats).toEqual([1]);
  expect((await batch.sort('soc', 'b', [one])).repeats).toEqual([0]);
  const ended = [batch.end('a'), batch.end('b')];
  expect(await Promise.all(ended.map((each) => missedOf(each)))).toEqual([[1], [0]]);
});

test('time that runs out ends the waiting, and what comes after it is too late', async () => {
  const { tables, clock } = createWorld();
  const worker = createWorker(tables, clock);
  const outOfTime = new AbortController();
  using one = worker.begin(feed);
  using two = worker.begin(feed, outOfTime.signal);
  await one.sort('soc', 'a', records(1));
  await two.sort('soc', 'b', records(1));
  await two.sort('soc', 'c', records(1));
  const b = two.end('b');
  outOfTime.abort();
  expect(await missedOf(b)).toEqual([0]);
  expect(await missedOf(two.end('c'))).toEqual([0]);
  await take(one, 'soc', 'a', records(1));
  expect((await b).missed.get('soc')).toEqual([0]);
});

test('each destination waits by itself', async () => {
  const { tables, clock } = createWorld();
  using batch = createWorker(tables, clock).begin(feed);
  for (const destination of ['soc', 'archive']) {
    await batch.sort(destination, 'a', records(1));
    await batch.sort(destination, 'b', records(1));
  }
  await take(batch, 'soc', 'a', records(1));
  const b = batch.end('b');
  await batch.end('a');
  expect(await missedOf(b)).toEqual([]);
  expect(await missedOf(b, 'archive')).toEqual([0]);
});

test('an earlier attempt at the same content that is still under way delivers for it', async () => {
  const { tables, clock } = createWorld();
  const worker = createWorker(tables, clock);
  using one = worker.begin(feed);
  using two = worker.begin(feed);
  await one.sort('soc', 'a', records(1, 2));
  expect((await two.sort('soc', 'a', records(1, 2))).repeats).toEqual([0, 1]);
  const ended = two.end('a');
  await take(one, 'soc', 'a', records(1, 2));
  expect((await ended).delivered.size).toBe(2);
});

test('a content looks again after its end, for a record that is replayed', async () => {
  const { tables, clock } = createWorld();
  using batch = createWorker(tables, clock).begin(feed);
  await batch.sort('soc', 'a', records(1));
  await batch.end('a');
  await batch.sort('soc', 'a', [record(7, 'replayed')]);
  await batch.sort('soc', 'b', [record(0, 'replayed')]);
  const b = batch.end('b');
  expect(await isDone(b)).toBe(false);
  await take(batch, 'soc', 'a', [record(7, 'replayed')]);
  expect(await missedOf(b)).toEqual([]);
});
