import { expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import type { Destination } from '../../../shared/delivery/destination.ts';
import { taken } from '../../../shared/delivery/destination.ts';
import type { FetchedContent } from '../../../shared/pipeline/fetch-content.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createFakeDestination } from '../../support/fake-destination.ts';
import { createWorker, createWorld, guid, someTime } from '../repeats/repeats-fixture.ts';
import { fetchAll, fetchBatch } from './fetching.ts';
import { finish, turn } from './forwarding.ts';

const record = (number: number, creationTime = someTime): object => ({ Id: guid(number), CreationTime: creationTime });
const recordsOf = (...numbers: readonly number[]): object[] => numbers.map((number) => record(number));
const down = new DestinationError('Destination soc is down; wait.', { kind: 'unavailable' });

const fetchedOf = (outcomes: ReadonlyMap<string, FetchedContent | Error>, id: string): FetchedContent => {
  const fetched = outcomes.get(id);
  if (fetched === undefined || fetched instanceof Error) throw new Error(`${id} was not fetched.`, { cause: fetched });
  return fetched;
};
const countsOf = ({ records, delivered, duplicates }: FetchedContent): number[] => [records, delivered, duplicates];

test('repeats inside a content and across the contents of a batch are dropped and counted', async () => {
  const { tables, clock } = createWorld();
  const soc = createFakeDestination('soc');
  const outcomes = await fetchAll({
    repeats: createWorker(tables, clock),
    destinations: [soc],
    contents: [
      { id: 'a', records: recordsOf(1, 2, 1), owed: ['soc'] },
      { id: 'b', records: recordsOf(2, 3), owed: ['soc'] },
    ],
  });
  expect(soc.received()).toHaveLength(3);
  expect(countsOf(fetchedOf(outcomes, 'a'))).toEqual([3, 2, 1]);
  expect(countsOf(fetchedOf(outcomes, 'b'))).toEqual([2, 1, 1]);
});

test('a content goes on where it stopped, and what it delivered before is counted as delivered', async () => {
  const { tables, clock } = createWorld();
  const soc = createFakeDestination('soc');
  const breaks = new Error('The body broke.');
  const batch = { clock, destinations: [soc], deliverer: { maxRequestRecords: 2 }, chunkBytes: 150 };
  const content = { id: 'a', records: recordsOf(1, 2, 3, 4, 5), owed: ['soc'] };
  const first = await fetchAll({ ...batch, repeats: createWorker(tables, clock), contents: [{ ...content, breaks }] });
  expect(first.get('a')).toBe(breaks);
  expect(soc.received()).toHaveLength(4);
  const outcomes = await fetchAll({ ...batch, repeats: createWorker(tables, clock), contents: [content] });
  expect(soc.received()).toHaveLength(5);
  expect(countsOf(fetchedOf(outcomes, 'a'))).toEqual([5, 5, 0]);
});

test('nothing is looked up or kept for a destination that has dropped out, however long the content is', async () => {
  const { tables, clock } = createWorld();
  const [soc, archive] = [createFakeDestination('soc'), createFakeDestination('archive')];
  const repeats = createWorker(tables, clock);
  soc.down = down;
  const outcomes = await fetchAll({
    clock,
    repeats,
    destinations: [soc, archive],
    deliverer: { maxRequestRecords: 1 },
    chunkBytes: 100,
    contents: [
      {
        id: 'a',
        records: Array.from({ length: 24 }, (_, hour) =>
          record(hour, `2026-11-21T${String(hour).padStart(2, '0')}:00:00`),
        ),
        owed: ['soc', 'archive'],
      },
    ],
  });
  const readFor = (name: string): number => repeats.asked.filter((text) => text.startsWith(`read ${name} `)).length;
  expect(readFor('archive')).toBe(24);
  expect(readFor('soc')).toBeLessThan(6);
  const { destinations } = fetchedOf(outcomes, 'a');
  expect(destinations.get('archive')?.failed).toBeUndefined();
  expect(destinations.get('soc')).toMatchObject({ delivered: 0, failed: { kind: 'unavailable' } });
});

test('a twin that its destination did not take leaves the content owed there, and nowhere else', async () => {
  const { tables, clock } = createWorld();
  const [soc, archive] = [createFakeDestination('soc'), createFakeDestination('archive')];
  const repeats = createWorker(tables, clock);
  const destinations = [soc, archive];
  const owed = ['soc', 'archive'];
  soc.down = down;
  const outcomes = await fetchAll({
    clock,
    repeats,
    destinations,
    contents: [
      { id: 'a', records: recordsOf(1), owed },
      { id: 'b', records: recordsOf(1), owed },
    ],
  });
  const { destinations: of, ...b } = fetchedOf(outcomes, 'b');
  expect(of.get('soc')?.failed?.message).toMatch(/Another content had 1 of these records on the way to .*soc/);
  expect(of.get('archive')?.failed).toBeUndefined();
  // A repeat at archive, as long as soc has not taken it from here: soc may leave before it does.
  expect(b).toMatchObject({ records: 1, delivered: 0, duplicates: 1 });
  soc.down = undefined;
  const again = await fetchAll({
    clock,
    repeats,
    destinations,
    contents: [{ id: 'b', records: recordsOf(1), owed: ['soc'], had: ['archive'] }],
  });
  expect(countsOf(fetchedOf(again, 'b'))).toEqual([1, 1, 0]);
  expect([soc.received().length, archive.received().length]).toEqual([1, 1]);
});

test('a twin that was refused leaves the content owed, so that its own copy has its own word', async () => {
  const { tables, clock } = createWorld();
  // It takes whatever is not the first record.
  const soc: Destination = {
    name: 'soc',
    type: 'fake',
    deliver: ({ records }) =>
      Promise.resolve(
        records.map(({ recordId }) => (recordId === guid(1) ? { taken: false, answer: 'It is too long.' } : taken)),
      ),
  };
  const outcomes = await fetchAll({
    repeats: createWorker(tables, clock),
    destinations: [soc],
    contents: [
      { id: 'a', records: recordsOf(1, 2), owed: ['soc'] },
      { id: 'b', records: recordsOf(1, 3), owed: ['soc'] },
    ],
  });
  expect(fetchedOf(outcomes, 'a').destinations.get('soc')?.refused).toHaveLength(1);
  expect(fetchedOf(outcomes, 'b').destinations.get('soc')?.failed).toBeDefined();
  expect(countsOf(fetchedOf(outcomes, 'b'))).toEqual([2, 1, 0]);
});

test('a repeat at one destination that another one refuses or is not there for is a duplicate, now and at the next try', async () => {
  const { tables, clock } = createWorld();
  const [soc, archive] = [createFakeDestination('soc'), createFakeDestination('archive')];
  const repeats = createWorker(tables, clock);
  const batch = { clock, repeats, destinations: [soc, archive] };
  await fetchAll({ ...batch, contents: [{ id: 'a', records: recordsOf(1, 2), owed: ['soc'] }] });
  archive.down = down;
  const b = { id: 'b', records: recordsOf(1, 2, 3) };
  const first = await fetchAll({ ...batch, contents: [{ ...b, owed: ['soc', 'archive'] }] });
  expect(countsOf(fetchedOf(first, 'b'))).toEqual([3, 1, 2]);
  const picky: Destination = {
    name: 'archive',
    type: 'fake',
    deliver: ({ records }) =>
      Promise.resolve(
        records.map(({ recordId }) => (recordId === guid(1) ? { taken: false, answer: 'It is too long.' } : taken)),
      ),
  };
  const contents = [{ ...b, owed: ['archive'], had: ['soc'] }];
  const second = await fetchAll({ ...batch, destinations: [soc, picky], contents });
  expect(fetchedOf(second, 'b').destinations.get('archive')?.refused).toHaveLength(1);
  expect(countsOf(fetchedOf(second, 'b'))).toEqual([3, 2, 1]);
});

test('a record that several destinations have from elsewhere is one duplicate', async () => {
  const { tables, clock } = createWorld();
  const destinations = ['soc', 'archive', 'siem'].map((name) => createFakeDestination(name));
  const owed = ['soc', 'archive', 'siem'];
  const batch = { clock, repeats: createWorker(tables, clock), destinations };
  await fetchAll({ ...batch, contents: [{ id: 'a', records: recordsOf(1, 2), owed }] });
  const outcomes = await fetchAll({ ...batch, contents: [{ id: 'b', records: recordsOf(1, 2, 3), owed }] });
  expect(countsOf(fetchedOf(outcomes, 'b'))).toEqual([3, 1, 2]);
});

test('the stream never waits for a twin: only the settling does', async () => {
  const { tables, clock } = createWorld();
  const answer = Promise.withResolvers<undefined>();
  const slow: string[] = [];
  const soc: Destination = {
    name: 'soc',
    type: 'fake',
    async deliver({ records }) {
      slow.push(...records.map(({ recordId }) => recordId ?? ''));
      if (records[0]?.contentId === 'a') await answer.promise;
      return records.map(() => taken);
    },
  };
  const repeats = createWorker(tables, clock);
  const first = fetchBatch({
    clock,
    repeats,
    destinations: [soc],
    contents: [{ id: 'a', records: recordsOf(1), owed: ['soc'] }],
  });
  await turn();
  const second = fetchBatch({
    clock,
    repeats,
    destinations: [soc],
    contents: [{ id: 'b', records: recordsOf(1, 2), owed: ['soc'] }],
  });
  const state = { done: false };
  void second.then(() => (state.done = true));
  clock.advance(200);
  await turn();
  expect(slow).toEqual([guid(1), guid(2)]);
  expect(state.done).toBe(false);
  answer.resolve(undefined);
  expect(countsOf(fetchedOf(await finish(clock, second), 'b'))).toEqual([2, 1, 1]);
  await finish(clock, first);
});

test('storage that fails at the reading or the writing of seen is a StorageError of the batch', async () => {
  const fault = new StorageError('The table seen202611 is failing; try again.');
  for (const broken of ['read', 'write']) {
    const { tables, clock } = createWorld();
    const repeats = createWorker(tables, clock, {
      seen: {
        keys: () => Promise.resolve([]),
        write: () => (broken === 'write' ? Promise.reject(fault) : Promise.resolve([])),
        // eslint-disable-next-line require-yield -- nothing is there to be read
        async *read() {
          await Promise.resolve();
          if (broken === 'read') throw fault;
        },
      },
    });
    const outcomes = await fetchAll({
      repeats,
      destinations: [createFakeDestination('soc')],
      contents: [
        { id: 'a', records: recordsOf(1), owed: ['soc'] },
        { id: 'b', records: recordsOf(1), owed: ['soc'] },
      ],
    });
    expect(outcomes.get('a')).toBe(fault);
    // Where only the writing failed, the destination has the record that b was dropped in favour of.
    if (broken === 'read') expect(outcomes.get('b')).toBe(fault);
    else expect(countsOf(fetchedOf(outcomes, 'b'))).toEqual([1, 0, 1]);
  }
});

test('a batch that is broken off waits for nobody', async () => {
  const { tables, clock } = createWorld();
  const outOfTime = new AbortController();
  const never: Destination = { name: 'soc', type: 'fake', deliver: () => new Promise(() => undefined) };
  const repeats = createWorker(tables, clock);
  const list = { clock, repeats, destinations: [never] };
  void fetchBatch({ ...list, contents: [{ id: 'a', records: recordsOf(1), owed: ['soc'] }] });
  clock.advance(200);
  await turn();
  const second = fetchBatch({
    ...list,
    contents: [{ id: 'b', records: recordsOf(1), owed: ['soc'] }],
    signal: outOfTime.signal,
  });
  await turn();
  outOfTime.abort(new Error('The batch took too long.'));
  const { destinations } = fetchedOf(await second, 'b');
  expect(destinations.get('soc')?.failed).toBeDefined();
});

test('a hundred thousand records with repeats near and far go through, each once', async () => {
  const { tables, clock } = createWorld();
  const soc = createFakeDestination('soc');
  const repeats = createWorker(tables, clock);
  const records = Array.from({ length: 100_000 }, (_, i) => record(i % 90_000));
  const deliverer = { maxRequestRecords: 3_000 };
  const contents = [{ id: 'a', records, owed: ['soc'] }];
  const outcomes = await fetchAll({ repeats, destinations: [soc], deliverer, contents });
  expect(countsOf(fetchedOf(outcomes, 'a'))).toEqual([100_000, 90_000, 10_000]);
  const received = soc.received();
  expect([received.length, new Set(received).size]).toEqual([90_000, 90_000]);
  const again = createWorker(tables, clock);
  const second = await fetchAll({
    repeats: again,
    destinations: [soc],
    contents: [
      { id: 'a', records, owed: ['soc'] },
      { id: 'b', records: records.slice(0, 1_000), owed: ['soc'] },
    ],
  });
  expect(soc.deliveries.reduce((sum, one) => sum + one.records.length, 0)).toBe(90_000);
  expect(countsOf(fetchedOf(second, 'a'))).toEqual([100_000, 90_000, 10_000]);
  expect(countsOf(fetchedOf(second, 'b'))).toEqual([1_000, 0, 1_000]);
});
