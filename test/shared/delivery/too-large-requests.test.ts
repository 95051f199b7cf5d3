import { expect, test } from 'vitest';
import { cut, setUp } from './fake-destination.ts';
import { cuts, ids, inShort, picky } from './picky-destination.ts';
import type { PickyDestination } from './picky-destination.ts';

/** Delivers records as one content. @returns its outcome in short, and how many records each request had */
async function deliver(soc: PickyDestination, records = cuts(3000), clock = setUp([]).clock) {
  const { deliverer } = setUp([soc], { clock });
  soc.requests.length = 0;
  await deliverer.offer('a', records, ['soc']);
  const outcome = inShort((await deliverer.finish('a')).byDestination.get('soc'));
  return { outcome, sizes: soc.requests.map((one) => one.length), clock };
}

test('a request that is too large is sent in smaller ones, in order; those after it are cut to that size at once', async () => {
  const soc = picky('soc', { mostRecords: 1000 });
  const { outcome, sizes } = await deliver(soc, cuts(6000));
  expect(outcome).toEqual([6000, [], [], undefined]);
  expect(soc.had).toEqual(ids(0, 6000));
  expect(sizes[0]).toBe(3000);
  // Halved twice by bytes, once for all: then quarters of the first request, and a short end for each request of 3,000.
  expect(sizes.slice(2).every((size) => size <= 1000)).toBe(true);
  expect(sizes.length).toBeLessThanOrEqual(2 + 2 * 6);
});

test('the size is remembered for the other batches of the process, for ten minutes', async () => {
  const soc = picky('soc', { mostRecords: 1000 });
  const { clock, sizes: first } = await deliver(soc);
  expect(first[0]).toBe(3000);
  clock.advance(600_000 - 1);
  expect(Math.max(...(await deliver(soc, cuts(3000), clock)).sizes)).toBeLessThanOrEqual(1000);
  clock.advance(1);
  expect((await deliver(soc, cuts(3000), clock)).sizes[0]).toBe(3000);
  const other = picky('soc');
  expect((await deliver(other, cuts(3000), clock)).sizes).toEqual([3000]);
});

test('a destination that takes nothing teaches no size', async () => {
  const soc = picky('soc', { mostRecords: 0 });
  const { outcome, sizes, clock } = await deliver(soc);
  expect(outcome).toEqual([0, [], expect.any(Array), 'refused']);
  // Down to one record, and then 32 of those.
  expect(sizes.length).toBeLessThanOrEqual(Math.ceil(Math.log2(3000)) + 32);
  soc.mostRecords = Infinity;
  expect((await deliver(soc, cuts(3000), clock)).sizes).toEqual([3000]);
});

test('a record that is too large by itself is refused with that answer; the others arrive', async () => {
  const soc = picky('soc');
  const given: PickyDestination['deliver'] = soc.deliver.bind(soc);
  soc.deliver = (delivery, signal) => {
    soc.mostRecords = delivery.records.some(({ bytes }) => bytes.length > 1000) ? 0 : Infinity;
    return given(delivery, signal);
  };
  const { deliverer } = setUp([soc]);
  await deliverer.offer('a', [cut('0', 0), cut('1', 1, 1001), cut('2', 2), cut('3', 3)], ['soc']);
  const outcome = (await deliverer.finish('a')).byDestination.get('soc');
  expect(inShort(outcome)).toEqual([3, [1], [], undefined]);
  expect(outcome?.refused[0]?.answer).toMatch(/too large \(HTTP 413\)/);
  expect(soc.had).toEqual(['0', '2', '3']);
});

test('requests that are too large and refused: both are halved', async () => {
  const soc = picky('soc', { mostRecords: 100, refuses: (id) => id === '555' });
  const { outcome } = await deliver(soc);
  expect(outcome).toEqual([2999, [555], [], undefined]);
  expect(soc.had).toEqual(ids(0, 3000).filter((id) => id !== '555'));
});
