import { describe, expect, test } from 'vitest';
import type { RefusedBytes } from '../../../shared/delivery/deliverer.ts';
import { setUp } from './fake-destination.ts';
import { cuts, deliverAll, inShort, isOneOf, picky, refusal } from './picky-destination.ts';

describe('earlier attempts', () => {
  const earlier = { firstRefusal: (_: string, __: string, ordinal: number) => (ordinal === 1 ? 1000 : undefined) };

  test('a record refused before goes by itself, after the others, and is refused for good', async () => {
    const soc = picky('soc', { refuses: isOneOf(1) });
    const outcome = await deliverAll(soc, cuts(4), earlier);
    expect(inShort(outcome)).toEqual([3, [1], [], undefined]);
    expect(outcome?.refused[0]?.firstRefusedAt).toBe(1000);
    expect(soc.requests).toEqual([['0', '2', '3'], ['1']]);
  });

  test.each([
    [undefined, [[], [1], 'refused']],
    [1000, [[], [1], 'refused']],
    [1001, [[1], [], undefined]],
  ])('a record alone, its destination last having taken one at %s', async (at, [refused, suspected, kind]) => {
    const soc = picky('soc', { refuses: isOneOf(1) });
    const outcome = await deliverAll(soc, cuts(1, 1), { ...earlier, lastTaken: () => at });
    expect(inShort(outcome)).toEqual([0, refused, suspected, kind]);
    expect(soc.requests).toEqual([['1']]);
  });

  test('what another took while the request was under way does not count for that request', async () => {
    const soc = picky('soc', { refuses: isOneOf(1) });
    const outcome = await deliverAll(soc, cuts(1, 1), {
      ...earlier,
      lastTaken: () => (soc.requests.length === 0 ? 1000 : 2000),
    });
    expect(inShort(outcome)).toEqual([0, [1], [], undefined]);
    expect(soc.requests).toEqual([['1'], ['1']]);
  });

  test('what others deliver meanwhile counts, and then all that is refused is found', async () => {
    const soc = picky('soc', { refuses: () => true });
    const { deliverer, clock } = setUp([soc], {
      lastTaken: () => {
        clock.advance(1);
        return clock.now();
      },
    });
    await deliverer.offer('a', cuts(100), ['soc']);
    const outcome = (await deliverer.finish('a')).byDestination.get('soc');
    expect(outcome?.failed).toBeUndefined();
    expect(outcome?.refused).toHaveLength(100);
    // One request for each piece of the halving (199), and one more for each record.
    expect(soc.requests.length).toBeLessThanOrEqual(300);
  });

  test('of a content that is refused as a whole: those refused before go first, and the others are all found', async () => {
    const soc = picky('soc', { refuses: () => true });
    const outcome = await deliverAll(soc, cuts(200), {
      firstRefusal: (_, __, ordinal) => (ordinal >= 190 ? 1000 : undefined),
      lastTaken: () => 2000,
    });
    expect(outcome?.refused.map(({ ordinal }) => ordinal)).toEqual(Array.from({ length: 10 }, (_, i) => 190 + i));
    expect(outcome?.suspected).toHaveLength(190);
    // Each piece of the halving once.
    expect(soc.requests).toHaveLength(2 * 10 - 1 + 2 * 190 - 1);
  });

  test('what is parked there is not sent again; the others get it', async () => {
    const soc = picky('soc');
    const archive = picky('archive');
    const { deliverer } = setUp([soc, archive], {
      isParked: (destination, contentId, ordinal) => destination === 'soc' && contentId === 'a' && ordinal < 2,
    });
    await deliverer.offer('a', cuts(2), ['soc', 'archive']);
    const { byDestination } = await deliverer.finish('a');
    expect(inShort(byDestination.get('soc'))).toEqual([0, [], [], undefined]);
    expect(inShort(byDestination.get('archive'))).toEqual([2, [], [], undefined]);
    expect(soc.requests).toEqual([]);
  });
});

describe('what is kept of a refused record', () => {
  const keeper = () => {
    const kept: string[] = [];
    const onRefused = (destination: string, records: readonly RefusedBytes[]): Promise<void> => {
      for (const { contentId, ordinal, bytes, answer } of records) {
        kept.push(`${destination} ${contentId} ${ordinal} ${bytes.length} ${answer === refusal().message}`);
      }
      return Promise.resolve();
    };
    return { kept, onRefused };
  };

  test('its bytes, once, before it counts; nothing of a record that was taken in the end', async () => {
    const { kept, onRefused } = keeper();
    const soc = picky('soc', { refuses: isOneOf(2) });
    await deliverAll(soc, cuts(4), { onRefused });
    expect(kept).toEqual(['soc a 2 10 true']);
  });

  test('suspects too, also when their destination drops out', async () => {
    const { kept, onRefused } = keeper();
    await deliverAll(picky('soc', { refuses: () => true }), cuts(1), { onRefused });
    await deliverAll(picky('big', { refuses: () => true }), cuts(3), { onRefused });
    expect(kept).toEqual(['soc a 0 10 true', 'big a 0 10 true', 'big a 1 10 true', 'big a 2 10 true']);
  });

  test.each([
    ['for good', 2, 4],
    ['suspected', 0, 1],
    ['suspected when it dropped out', -1, 50],
  ])('that cannot be kept breaks everything off: %s', async (_when, bad, count) => {
    const lost = new Error('Storage is away.');
    const soc = picky('soc', { refuses: (id) => bad < 0 || Number(id) === bad });
    await expect(deliverAll(soc, cuts(count), { onRefused: () => Promise.reject(lost) })).rejects.toBe(lost);
  });

  test('nothing of a content that was abandoned', async () => {
    const { kept, onRefused } = keeper();
    const soc = picky('soc', { refuses: isOneOf(0) });
    const { deliverer } = setUp([soc], { onRefused, maxRequestRecords: 1 });
    await deliverer.offer('bad', cuts(2), ['soc']);
    deliverer.abandon('bad');
    await deliverer.drained();
    await deliverer.offer('good', cuts(1, 5), ['soc']);
    expect(inShort((await deliverer.finish('good')).byDestination.get('soc'))).toEqual([1, [], [], undefined]);
    await deliverer.drained();
    expect(soc.requests).toEqual([['0'], ['5']]);
    expect(kept).toEqual([]);
  });

  test('nothing of a content that was abandoned, also when their destination drops out', async () => {
    const { kept, onRefused } = keeper();
    const soc = picky('soc', { refuses: () => true });
    const { deliverer } = setUp([soc], { onRefused, maxRequestRecords: 1 });
    await deliverer.offer('bad', cuts(1), ['soc']);
    deliverer.abandon('bad');
    await deliverer.offer('also bad', cuts(2, 1), ['soc']);
    deliverer.abandon('also bad');
    await deliverer.offer('good', cuts(1, 5), ['soc']);
    expect(inShort((await deliverer.finish('good')).byDestination.get('soc'))).toEqual([0, [], [5], 'refused']);
    expect(kept).toEqual(['soc good 5 10 true']);
  });
});
