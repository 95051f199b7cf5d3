import { describe, expect, test } from 'vitest';
import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { taken } from '../../../shared/delivery/destination.ts';
import type { Destination } from '../../../shared/delivery/destination.ts';
import { cut, fake, lingerMs, setUp, turn, unavailable, willing } from './fake-destination.ts';
import { failureOf } from './sample-delivery.ts';

describe('outcomes', () => {
  test('a content without records has one at once', async () => {
    const { deliverer } = setUp([fake('soc')]);
    expect((await deliverer.finish('a')).byDestination.size).toBe(0);
    expect((await deliverer.finish('b', ['soc'])).byDestination.get('soc')).toEqual({
      delivered: 0,
      refused: [],
      suspected: [],
      failed: undefined,
    });
  });

  test('a record that is refused twice is told with its place and the answer', async () => {
    const soc = fake('soc');
    const { deliverer, clock } = setUp([soc]);
    const firstRefusedAt = clock.now();
    await deliverer.offer('a', [cut('1', 7), { ...cut('', 8), id: undefined }], ['soc']);
    const outcome = deliverer.finish('a');
    (await soc.request(1)).take([taken, { taken: false, answer: 'bad field' }]);
    const again = await soc.request(2);
    expect(again.ids).toEqual([null]);
    again.take([{ taken: false, answer: 'still bad' }]);
    expect((await outcome).byDestination.get('soc')).toEqual({
      delivered: 1,
      refused: [{ ordinal: 8, recordId: null, answer: 'still bad', firstRefusedAt }],
      suspected: [],
      failed: undefined,
    });
  });

  test('a destination that is misconfigured drops out at once; the others finish', async () => {
    const soc = fake('soc');
    const archive = willing('archive');
    const { deliverer, clock } = setUp([soc, archive], { maxRequestRecords: 1 });
    const offer = deliverer.offer('a', [cut('1'), cut('2', 1), cut('3', 2)], ['soc', 'archive']);
    const error = new DestinationError('Destination soc says no; mend it.', { kind: 'misconfigured' });
    (await soc.request(1)).fail(error);
    await offer;
    await deliverer.offer('a', [cut('4', 3)], ['soc', 'archive']);
    const { byDestination } = await deliverer.finish('a');
    expect(byDestination.get('soc')).toEqual({ delivered: 0, refused: [], suspected: [], failed: error });
    expect(byDestination.get('archive')).toEqual({ delivered: 4, refused: [], suspected: [], failed: undefined });
    expect(soc.arrived).toHaveLength(1);
    expect(clock.sleeps.filter((slept) => slept !== lingerMs)).toEqual([]);
  });

  test('a content that was acknowledged before its destination dropped out has not failed', async () => {
    const soc = fake('soc');
    const { deliverer } = setUp([soc]);
    await deliverer.offer('early', [cut('e1')], ['soc']);
    const early = deliverer.finish('early');
    (await soc.request(1)).take();
    await early;
    await deliverer.offer('late', [cut('l1')], ['soc']);
    const late = deliverer.finish('late');
    (await soc.request(2)).fail(new DestinationError('Destination soc is gone.', { kind: 'misconfigured' }));
    expect((await late).byDestination.get('soc')?.failed?.kind).toBe('misconfigured');
    expect((await deliverer.finish('early')).byDestination.get('soc')).toMatchObject({
      delivered: 1,
      failed: undefined,
    });
  });

  test('a destination that is not configured has failed, visibly', async () => {
    const { deliverer } = setUp([willing('soc')]);
    await deliverer.offer('a', [cut('1')], ['soc', 'gone']);
    const { byDestination } = await deliverer.finish('a');
    expect(byDestination.get('soc')?.delivered).toBe(1);
    expect(byDestination.get('gone')?.failed?.message).toMatch(/gone is not configured/);
  });

  test('a defect of a destination fails that destination alone', async () => {
    const broken: Destination = { ...fake('soc'), deliver: () => Promise.reject(new TypeError('x is not a function')) };
    const short: Destination = { ...fake('short'), deliver: () => Promise.resolve([]) };
    const { deliverer } = setUp([broken, short, willing('archive')], { retryPausesMs: [] });
    await deliverer.offer('a', [cut('1')], ['soc', 'short', 'archive']);
    const { byDestination } = await deliverer.finish('a');
    expect(byDestination.get('soc')?.failed?.message).toMatch(/report this as a defect/);
    expect(byDestination.get('short')?.failed?.message).toMatch(/0 words for 1 records/);
    expect(byDestination.get('archive')?.delivered).toBe(1);
  });
});

describe('an unavailable destination', () => {
  test('gets the same request three times more within the minute, then drops out', async () => {
    const soc = fake('soc');
    const { deliverer, clock } = setUp([soc]);
    await deliverer.offer('a', [cut('1')], ['soc']);
    const outcome = deliverer.finish('a');
    // The pauses are halved: chance is zero here.
    for (const [index, pause] of [500, 2500, 10_000].entries()) {
      (await soc.request(index + 1)).fail(unavailable());
      await clock.asleep(pause);
      clock.advance(pause);
    }
    const last = await soc.request(4);
    expect(last.delivery).toBe(soc.arrived[0]?.delivery);
    last.fail(unavailable());
    expect((await outcome).byDestination.get('soc')?.failed?.kind).toBe('unavailable');
    expect(soc.arrived).toHaveLength(4);
  });

  test('that comes back gets everything', async () => {
    const soc = fake('soc');
    const { deliverer, clock } = setUp([soc]);
    await deliverer.offer('a', [cut('1')], ['soc']);
    const outcome = deliverer.finish('a');
    (await soc.request(1)).fail(unavailable(12_000));
    await clock.asleep(12_000);
    clock.advance(12_000);
    (await soc.request(2)).take();
    expect((await outcome).byDestination.get('soc')).toEqual({
      delivered: 1,
      refused: [],
      suspected: [],
      failed: undefined,
    });
  });

  test('that asks for more than the minute drops out at once', async () => {
    const soc = fake('soc');
    const { deliverer } = setUp([soc]);
    await deliverer.offer('a', [cut('1')], ['soc']);
    const outcome = deliverer.finish('a');
    (await soc.request(1)).fail(unavailable(61_000));
    expect((await outcome).byDestination.get('soc')?.failed?.retryAfterMs).toBe(61_000);
    expect(soc.arrived).toHaveLength(1);
  });
});

describe('breaking off', () => {
  test('an abandoned content leaves the request that is being filled', async () => {
    const soc = fake('soc');
    const { deliverer } = setUp([soc], { maxRequestRecords: 2 });
    await deliverer.offer('good', [cut('g1')], ['soc']);
    await deliverer.offer('bad', [cut('b1'), cut('b2', 1)], ['soc']);
    deliverer.abandon('bad');
    await deliverer.offer('bad', [cut('b3', 2)], ['soc']);
    const outcome = deliverer.finish('good');
    const first = await soc.request(1);
    expect(first.ids).toEqual(['g1', 'b1']);
    first.take();
    expect((await outcome).byDestination.get('soc')?.delivered).toBe(1);
    await deliverer.drained();
    expect(soc.arrived).toHaveLength(1);
    await expect(deliverer.finish('bad')).rejects.toThrow(/was abandoned/);
  });

  test('abandoning the last open content lets the tails of the others go', async () => {
    const soc = willing('soc');
    const { deliverer } = setUp([soc], { contentIds: ['a', 'b'] });
    await deliverer.offer('a', [cut('1')], ['soc']);
    const outcome = deliverer.finish('a');
    deliverer.abandon('b');
    expect((await outcome).byDestination.get('soc')?.delivered).toBe(1);
  });

  test('abandoning frees an offer that waits for room', async () => {
    const soc = fake('soc');
    const { deliverer } = setUp([soc], { maxRequestRecords: 1 });
    const offer = deliverer.offer('a', [cut('1'), cut('2', 1), cut('3', 2)], ['soc']);
    await soc.request(1);
    deliverer.abandon('a');
    await offer;
  });

  test.each(['in flight', 'between tries', 'lingering'])(
    'an abort while %s rejects offers, and tells of contents that have ended as far as they got',
    async (when) => {
      const soc = fake('soc');
      const archive = willing('archive');
      const abort = new AbortController();
      const { deliverer, clock } = setUp([soc, archive], {
        signal: abort.signal,
        contentIds: when === 'lingering' ? ['a', 'b'] : ['a'],
      });
      await deliverer.offer('a', [cut('1')], when === 'lingering' ? ['soc'] : ['soc', 'archive']);
      const outcome = deliverer.finish('a');
      if (when === 'lingering') await clock.asleep(lingerMs);
      else await soc.request(1);
      if (when === 'between tries') {
        soc.arrived[0]?.fail(unavailable());
        await clock.asleep(500);
      }
      // Lets the answer of the archive be heard.
      await turn();
      const reason = new Error('The batch ran out of time.');
      abort.abort(reason);
      const { byDestination } = await outcome;
      expect(byDestination.get('soc')).toMatchObject({ delivered: 0, failed: { kind: 'unavailable' } });
      expect(byDestination.get('soc')?.failed?.message).toContain('Destination soc had not answered');
      if (when !== 'lingering') expect(byDestination.get('archive')).toMatchObject({ delivered: 1, failed: undefined });
      expect(await failureOf(deliverer.offer('b', [cut('2')], ['soc']))).toBe(reason);
      expect(await failureOf(deliverer.finish('b'))).toBe(reason);
      await deliverer.drained();
    },
  );

  test('an abort does not wait for a destination that keeps its request', async () => {
    const abort = new AbortController();
    const deaf: Destination = { ...fake('soc'), deliver: () => new Promise(() => undefined) };
    const { deliverer } = setUp([deaf], { signal: abort.signal });
    await deliverer.offer('a', [cut('1')], ['soc']);
    const outcome = deliverer.finish('a');
    abort.abort(new Error('The batch ran out of time.'));
    expect((await outcome).byDestination.get('soc')?.failed?.kind).toBe('unavailable');
  });

  test('a note that cannot be taken still rejects, also when time runs out afterwards', async () => {
    const abort = new AbortController();
    const lost = new Error('Storage is down.');
    const { deliverer } = setUp([willing('soc')], { signal: abort.signal, onTaken: () => Promise.reject(lost) });
    await deliverer.offer('a', [cut('1')], ['soc']);
    expect(await failureOf(deliverer.finish('a'))).toBe(lost);
    abort.abort(new Error('The batch ran out of time.'));
    expect(await failureOf(deliverer.finish('a'))).toBe(lost);
  });

  test('misuse is refused in words', async () => {
    const { deliverer } = setUp([willing('soc')]);
    await expect(deliverer.offer('a', [{ ...cut('1', 5), bytes: undefined }], ['soc'])).rejects.toThrow(
      /Record 5 of content a is over the limit/,
    );
    await deliverer.finish('a');
    await expect(deliverer.offer('a', [cut('1')], ['soc'])).rejects.toThrow(/Content a has ended/);
  });
});
