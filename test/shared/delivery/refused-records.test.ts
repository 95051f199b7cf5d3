import { describe, expect, test } from 'vitest';
import type { Word } from '../../../shared/delivery/destination.ts';
import { taken } from '../../../shared/delivery/destination.ts';
import { setUp, willing } from './fake-destination.ts';
import { cuts, deliverAll, ids, inShort, isOneOf, picky } from './picky-destination.ts';
import type { PickyDestination } from './picky-destination.ts';

/** Requests that `bad` records of `all` may cost: two a halving for each, one to send it again, and the first of all. */
const mostRequests = (all: number, bad: number): number => 1 + bad * (2 * Math.ceil(Math.log2(all)) + 1);

/** Requests that a destination may be sent in one batch while it takes nothing at all: 16 to find a record, 16 for the rest. */
const mostInVain = 32;

describe('a request that is refused is halved down to the record', () => {
  test.each([
    ['in the middle', [1234]],
    ['that is the first', [0]],
    ['that is the last', [2999]],
    ['and others', [0, 1, 2, 700, 1500, 2998]],
  ])('one record %s', async (_where, bad) => {
    const soc = picky('soc', { refuses: isOneOf(...bad) });
    const outcome = await deliverAll(soc, cuts(3000));
    expect(inShort(outcome)).toEqual([3000 - bad.length, expect.any(Array), [], undefined]);
    expect(outcome?.refused.map(({ ordinal }) => ordinal).sort((a, b) => a - b)).toEqual(bad);
    expect(soc.had).toEqual(ids(0, 3000).filter((id) => !bad.includes(Number(id))));
    expect(soc.requests.length).toBeLessThanOrEqual(mostRequests(3000, bad.length));
  });

  test('step by step, in order, nothing that was taken is sent again, and the record once more by itself', async () => {
    const soc = picky('soc', { refuses: isOneOf(2) });
    expect(inShort(await deliverAll(soc, cuts(8)))).toEqual([7, [2], [], undefined]);
    expect(soc.requests).toEqual([
      ids(0, 8),
      ids(0, 4),
      ids(0, 2),
      ids(2, 4),
      // Others were taken by now, but before it was refused by itself.
      ['2'],
      ['3'],
      ['2'],
      ids(4, 8),
    ]);
  });

  test('records of several contents are told apart', async () => {
    const soc = picky('soc', { refuses: isOneOf(1, 4) });
    const { deliverer } = setUp([soc], { contentIds: ['a', 'b'] });
    await deliverer.offer('a', cuts(3), ['soc']);
    const a = deliverer.finish('a');
    await deliverer.offer('b', cuts(3, 3), ['soc']);
    const b = deliverer.finish('b');
    expect(inShort((await a).byDestination.get('soc'))).toEqual([2, [1], [], undefined]);
    expect(inShort((await b).byDestination.get('soc'))).toEqual([2, [4], [], undefined]);
  });

  test('another destination gets everything, once', async () => {
    const soc = picky('soc', { refuses: () => true });
    const archive = willing('archive');
    const { deliverer } = setUp([soc, archive]);
    await deliverer.offer('a', cuts(20), ['soc', 'archive']);
    const { byDestination } = await deliverer.finish('a');
    expect(inShort(byDestination.get('archive'))).toEqual([20, [], [], undefined]);
    expect(archive.arrived.map((one) => one.ids)).toEqual([ids(0, 20)]);
    expect(byDestination.get('soc')?.failed?.kind).toBe('refused');
  });
});

describe('whose fault it is', () => {
  test.each([1, 2, 8, 100, 3000])(
    'a destination that refuses all of %i records: a few are suspected, nothing is parked',
    async (count) => {
      const soc = picky('soc', { refuses: () => true });
      const outcome = await deliverAll(soc, cuts(count));
      expect(inShort(outcome)).toEqual([0, [], expect.any(Array), 'refused']);
      expect(outcome?.suspected.length).toBeGreaterThan(0);
      expect(outcome?.failed?.message).toMatch(
        /^Destination soc refuses what it is sent and takes nothing else; check what it accepts\. Its answer: .*bad field$/,
      );
      expect(soc.requests.length).toBeLessThanOrEqual(mostInVain);
    },
  );

  test('nor is it asked for thousands when its requests may hold no more than one record', async () => {
    const soc = picky('soc', { refuses: () => true, mostRecords: 1 });
    const outcome = await deliverAll(soc, cuts(3000));
    expect(outcome?.failed?.kind).toBe('refused');
    expect(outcome?.refused).toEqual([]);
    // Besides those that were too large.
    expect(soc.requests.length).toBeLessThanOrEqual(mostInVain + Math.ceil(Math.log2(3000)));
  });

  test('what comes after it drops out is not sent', async () => {
    const soc = picky('soc', { refuses: () => true });
    const { deliverer } = setUp([soc], { maxRequestRecords: 4 });
    await deliverer.offer('a', cuts(400), ['soc']);
    expect((await deliverer.finish('a')).byDestination.get('soc')?.failed?.kind).toBe('refused');
    expect(soc.requests.length).toBeLessThanOrEqual(mostInVain);
  });

  test('many bad records side by side do not make it drop out: what is left is asked for in larger pieces', async () => {
    const soc = picky('soc', { refuses: (id) => Number(id) < 80 });
    const outcome = await deliverAll(soc, cuts(1000));
    expect(outcome?.failed).toBeUndefined();
    expect(outcome?.refused).toHaveLength(80);
    expect(soc.had.toSorted((a, b) => Number(a) - Number(b))).toEqual(ids(80, 1000));
    expect(soc.requests.length).toBeLessThanOrEqual(5 * 80);
  });

  test('refused first, then taken: the destination was mended, and nothing is refused', async () => {
    const soc = picky('soc', { refuses: isOneOf(0) });
    const given: PickyDestination['deliver'] = soc.deliver.bind(soc);
    soc.deliver = async (delivery, signal) => {
      const words = await given(delivery, signal);
      soc.refuses = () => false;
      return words;
    };
    const kept: unknown[] = [];
    const { deliverer } = setUp([soc], { onRefused: (_, records) => Promise.resolve(void kept.push(records)) });
    await deliverer.offer('a', cuts(4), ['soc']);
    expect(inShort((await deliverer.finish('a')).byDestination.get('soc'))).toEqual([4, [], [], undefined]);
    await deliverer.drained();
    expect(soc.had).toEqual(['1', '0', '2', '3']);
    expect(kept).toEqual([]);
  });

  test('a later request of the same batch clears it up', async () => {
    const soc = picky('soc', { refuses: isOneOf(0) });
    expect(inShort(await deliverAll(soc, cuts(2), { maxRequestRecords: 1 }))).toEqual([1, [0], [], undefined]);
    expect(soc.requests).toEqual([['0'], ['1'], ['0']]);
  });

  test('the very last ones, if there are several, remain suspects: nothing was taken after them', async () => {
    const soc = picky('soc', { refuses: isOneOf(6, 7) });
    expect(inShort(await deliverAll(soc, cuts(8)))).toEqual([6, [], [6, 7], 'refused']);
  });

  test('a destination that turns bad in the midst of halving has none parked that it would take', async () => {
    const soc = picky('soc', { refuses: isOneOf(10) });
    const given: PickyDestination['deliver'] = soc.deliver.bind(soc);
    soc.deliver = (delivery, signal) => {
      if (soc.had.length > 100) soc.refuses = () => true;
      return given(delivery, signal);
    };
    const outcome = await deliverAll(soc, cuts(400));
    expect(outcome?.failed?.kind).toBe('refused');
    expect(outcome?.refused.map(({ ordinal }) => ordinal)).toEqual([10]);
  });

  test('with nothing else to send it remains a suspect', async () => {
    const soc = picky('soc', { refuses: () => true });
    expect(inShort(await deliverAll(soc, cuts(1)))).toEqual([0, [], [0], 'refused']);
    expect(soc.requests).toEqual([['0']]);
  });

  test('a content waits for the records of another no longer than the linger', async () => {
    const soc = picky('soc', { refuses: isOneOf(0) });
    const { deliverer, clock } = setUp([soc], { contentIds: ['a', 'slow'] });
    await deliverer.offer('a', cuts(1), ['soc']);
    const outcome = deliverer.finish('a');
    await clock.asleep(200);
    clock.advance(200);
    // Refused; and lingers once more for something that it could be told apart by.
    while (clock.sleeps.length < 2) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(200);
    expect(inShort((await outcome).byDestination.get('soc'))).toEqual([0, [], [0], 'refused']);
    await deliverer.offer('slow', cuts(1, 1), ['soc']);
    expect(inShort((await deliverer.finish('slow')).byDestination.get('soc'))).toEqual([1, [], [], undefined]);
  });
});

describe('a destination with a word for each record', () => {
  const wordy = (isBad: (id: string) => boolean): PickyDestination => {
    const soc = picky('soc');
    soc.deliver = (delivery) => {
      const sent = delivery.records.map(({ recordId }) => String(recordId));
      soc.requests.push(sent);
      soc.had.push(...sent.filter((id) => !isBad(id)));
      return Promise.resolve(sent.map((id): Word => (isBad(id) ? { taken: false, answer: 'no\nsuch\tfield' } : taken)));
    };
    return soc;
  };

  test('gets those that it refused once more, together, and nothing else again', async () => {
    const soc = wordy(isOneOf(1, 3));
    const outcome = await deliverAll(soc, cuts(6));
    expect(inShort(outcome)).toEqual([4, [1, 3], [], undefined]);
    expect(outcome?.refused[0]?.answer).toBe('no such field');
    expect(soc.requests).toEqual([ids(0, 6), ['1', '3']]);
  });

  test('are sent again in requests no larger than others', async () => {
    let isMended = false;
    const soc = wordy(() => !isMended);
    const given = soc.deliver.bind(soc);
    soc.deliver = (delivery, signal) => {
      isMended = soc.requests.length >= 3;
      return given(delivery, signal);
    };
    expect(inShort(await deliverAll(soc, cuts(8), { maxRequestRecords: 2 }))).toEqual([8, [], [], undefined]);
    expect(soc.requests.map((one) => one.length)).toEqual([2, 2, 2, 2, 2, 2, 2]);
  });

  test('that refuses every record has none parked', async () => {
    const soc = wordy(() => true);
    const outcome = await deliverAll(soc, cuts(6));
    expect(inShort(outcome)).toEqual([0, [], [0, 1, 2, 3, 4, 5], 'refused']);
    expect(soc.requests).toHaveLength(1);
  });
});
