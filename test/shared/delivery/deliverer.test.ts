import { describe, expect, test } from 'vitest';
import { createDeliverer } from '../../../shared/delivery/deliverer.ts';
import type { DelivererOptions, TakenRecord } from '../../../shared/delivery/deliverer.ts';
import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { taken } from '../../../shared/delivery/destination.ts';
import type { Delivery, Destination, Word } from '../../../shared/delivery/destination.ts';
import type { CutRecord } from '../../../shared/records/cut-record.ts';
import { createManualClock } from './manual-clock.ts';
import { calm, failureOf, tenantId } from './sample-delivery.ts';

const lingerMs = 200;

const cut = (id: string, ordinal = 0, size = 10): CutRecord => ({
  ordinal,
  offset: 0,
  length: size,
  bytes: Buffer.alloc(size, 'x'),
  id,
  creationTime: '2026-11-22T10:00:00',
});

/** Requests as a test sees them arrive, each answered when the test says so. */
interface Arrived {
  readonly ids: (string | null)[];
  readonly delivery: Delivery;
  take(words?: readonly Word[]): void;
  fail(error: unknown): void;
}

interface FakeDestination extends Destination {
  readonly arrived: readonly Arrived[];
  /** The request with this number, as soon as it is there. */
  request(number: number): Promise<Arrived>;
}

function fake(name: string): FakeDestination {
  const arrived: Arrived[] = [];
  const watchers: (() => void)[] = [];
  return {
    name,
    type: 'fake',
    arrived,
    deliver(delivery, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly Word[]>();
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
      arrived.push({
        ids: delivery.records.map(({ recordId }) => recordId),
        delivery,
        take: (words = delivery.records.map(() => taken)) => {
          resolve(words);
        },
        fail: (error) => {
          reject(error);
        },
      });
      for (const watcher of watchers.splice(0)) watcher();
      return promise;
    },
    async request(number) {
      for (;;) {
        const one = arrived[number - 1];
        if (one) return one;
        const { promise, resolve } = Promise.withResolvers<undefined>();
        watchers.push(() => {
          resolve(undefined);
        });
        await promise;
      }
    },
  };
}

/** Takes everything at once. */
const willing = (name: string): FakeDestination => {
  const one = fake(name);
  return {
    ...one,
    async deliver(delivery, signal) {
      const answer = one.deliver(delivery, signal);
      one.arrived.at(-1)?.take();
      return answer;
    },
  };
};

const setUp = (destinations: readonly Destination[], changes: Partial<DelivererOptions> = {}) => {
  const clock = createManualClock();
  const deliverer = createDeliverer({
    destinations,
    tenantId,
    customerName: 'Contoso',
    contentType: 'Audit.Exchange',
    hour: '2026-11-22T10',
    clock,
    random: { token: () => '', fraction: () => 0 },
    signal: calm(),
    ...changes,
  });
  return { clock, deliverer };
};

const unavailable = (retryAfterMs?: number): DestinationError =>
  new DestinationError('Destination soc is down; wait.', { kind: 'unavailable', retryAfterMs });

/** Lets everything that is ready run; used only to show that something did not happen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('requests', () => {
  test('small contents share a request when the last of the batch ends', async () => {
    const soc = fake('soc');
    const { deliverer } = setUp([soc], { contentIds: ['a', 'b'] });
    await deliverer.offer('a', [cut('a1'), cut('a2', 1)], ['soc']);
    const first = deliverer.finish('a');
    await turn();
    expect(soc.arrived).toHaveLength(0);
    await deliverer.offer('b', [cut('b1')], ['soc']);
    const second = deliverer.finish('b');
    const request = await soc.request(1);
    expect(request.ids).toEqual(['a1', 'a2', 'b1']);
    expect(request.delivery).toMatchObject({ tenantId, customerName: 'Contoso', hour: '2026-11-22T10' });
    request.take();
    expect((await first).byDestination.get('soc')).toEqual({ delivered: 2, refused: [], failed: undefined });
    expect((await second).byDestination.get('soc')).toEqual({ delivered: 1, refused: [], failed: undefined });
  });

  test('a tail waits no longer than the linger for contents that stay open', async () => {
    const soc = willing('soc');
    const { deliverer, clock } = setUp([soc], { contentIds: ['a', 'slow'] });
    await deliverer.offer('a', [cut('a1')], ['soc']);
    const outcome = deliverer.finish('a');
    await clock.asleep(lingerMs);
    await turn();
    expect(soc.arrived).toHaveLength(0);
    clock.advance(lingerMs);
    expect((await outcome).byDestination.get('soc')?.delivered).toBe(1);
  });

  test('a tail does not wait for a content that waits for room elsewhere', async () => {
    const slow = fake('slow');
    const fast = willing('fast');
    const { deliverer } = setUp([slow, fast], { maxRequestRecords: 1 });
    await deliverer.offer('tail', [], ['fast']);
    void deliverer.offer('long', [cut('l1'), cut('l2', 1), cut('l3', 2)], ['slow']);
    await deliverer.offer('tail', [cut('t1')], ['fast']);
    expect((await deliverer.finish('tail')).byDestination.get('fast')?.delivered).toBe(1);
    expect(slow.arrived).toHaveLength(1);
  });

  test('are cut at the number of records and at the bytes; a longer record goes alone', async () => {
    const soc = willing('soc');
    const byCount = setUp([soc], { maxRequestRecords: 2 }).deliverer;
    await byCount.offer('a', [cut('1'), cut('2', 1), cut('3', 2), cut('4', 3), cut('5', 4)], ['soc']);
    await byCount.finish('a');
    expect(soc.arrived.map(({ ids }) => ids)).toEqual([['1', '2'], ['3', '4'], ['5']]);

    const other = willing('soc');
    const byBytes = setUp([other], { maxRequestBytes: 2000 }).deliverer;
    await byBytes.offer('a', [cut('1', 0, 700), cut('2', 1, 700), cut('3', 2, 5000), cut('4', 3)], ['soc']);
    await byBytes.finish('a');
    expect(other.arrived.map(({ ids }) => ids)).toEqual([['1', '2'], ['3'], ['4']]);
  });

  test('an offer resolves only when there is room, with one request in flight and one being filled', async () => {
    const soc = fake('soc');
    const { deliverer } = setUp([soc], { maxRequestRecords: 1 });
    let room = false;
    const offer = deliverer.offer('a', [cut('1'), cut('2', 1), cut('3', 2)], ['soc']).then(() => {
      room = true;
    });
    await turn();
    expect([room, soc.arrived.length]).toEqual([false, 1]);
    soc.arrived[0]?.take();
    await offer;
    (await soc.request(2)).take();
    const outcome = deliverer.finish('a');
    (await soc.request(3)).take();
    expect((await outcome).byDestination.get('soc')?.delivered).toBe(3);
  });

  test('waiting contents take turns', async () => {
    const soc = fake('soc');
    const { deliverer } = setUp([soc], { maxRequestRecords: 2 });
    void deliverer.offer(
      'long',
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => cut(`l${n}`, n)),
      ['soc'],
    );
    void deliverer.offer('short', [cut('s1')], ['soc']);
    (await soc.request(1)).take();
    (await soc.request(2)).take();
    (await soc.request(3)).take();
    // The long content had filled two requests and was first in line for the third when the short one came.
    expect((await soc.request(4)).ids).toEqual(['s1', 'l7']);
  });

  test('each destination gets what it is owed', async () => {
    const soc = willing('soc');
    const archive = willing('archive');
    const { deliverer } = setUp([soc, archive]);
    await deliverer.offer('a', [cut('both')], ['soc', 'archive']);
    await deliverer.offer('a', [cut('one', 1)], ['archive']);
    const { byDestination } = await deliverer.finish('a');
    expect(byDestination.get('soc')?.delivered).toBe(1);
    expect(byDestination.get('archive')?.delivered).toBe(2);
    expect(soc.arrived[0]?.ids).toEqual(['both']);
  });
});

describe('outcomes', () => {
  test('a content without records has one at once', async () => {
    const { deliverer } = setUp([fake('soc')]);
    expect((await deliverer.finish('a')).byDestination.size).toBe(0);
    expect((await deliverer.finish('b', ['soc'])).byDestination.get('soc')).toEqual({
      delivered: 0,
      refused: [],
      failed: undefined,
    });
  });

  test('a record that is refused is told with its place and the answer', async () => {
    const soc = fake('soc');
    const { deliverer } = setUp([soc]);
    await deliverer.offer('a', [cut('1', 7), { ...cut('', 8), id: undefined }], ['soc']);
    const outcome = deliverer.finish('a');
    (await soc.request(1)).take([taken, { taken: false, answer: 'bad field' }]);
    expect((await outcome).byDestination.get('soc')).toEqual({
      delivered: 1,
      refused: [{ ordinal: 8, recordId: null, answer: 'bad field' }],
      failed: undefined,
    });
  });

  test.each(['misconfigured', 'too-large', 'refused'] as const)(
    'a destination that says %s drops out at once; the others finish',
    async (kind) => {
      const soc = fake('soc');
      const archive = willing('archive');
      const { deliverer, clock } = setUp([soc, archive], { maxRequestRecords: 1 });
      const offer = deliverer.offer('a', [cut('1'), cut('2', 1), cut('3', 2)], ['soc', 'archive']);
      const error = new DestinationError('Destination soc says no; mend it.', { kind });
      (await soc.request(1)).fail(error);
      await offer;
      await deliverer.offer('a', [cut('4', 3)], ['soc', 'archive']);
      const { byDestination } = await deliverer.finish('a');
      expect(byDestination.get('soc')).toEqual({ delivered: 0, refused: [], failed: error });
      expect(byDestination.get('archive')).toEqual({ delivered: 4, refused: [], failed: undefined });
      expect(soc.arrived).toHaveLength(1);
      expect(clock.sleeps.filter((slept) => slept !== lingerMs)).toEqual([]);
    },
  );

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
    expect((await outcome).byDestination.get('soc')).toEqual({ delivered: 1, refused: [], failed: undefined });
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

describe('acknowledged records', () => {
  test('are told before they count', async () => {
    const soc = willing('soc');
    const noted = Promise.withResolvers<undefined>();
    const told: [string, readonly TakenRecord[]][] = [];
    const { deliverer } = setUp([soc], {
      onTaken: async (destination, records) => {
        told.push([destination, records]);
        await noted.promise;
      },
    });
    await deliverer.offer('a', [cut('1', 4)], ['soc']);
    let settled = false;
    const outcome = deliverer.finish('a').finally(() => {
      settled = true;
    });
    await turn();
    expect(settled).toBe(false);
    expect(told).toMatchObject([
      ['soc', [{ contentId: 'a', recordId: '1', ordinal: 4, creationTime: '2026-11-22T10:00:00' }]],
    ]);
    noted.resolve(undefined);
    await outcome;
  });

  test('that cannot be noted break everything off', async () => {
    const soc = fake('soc');
    const error = new Error('Storage is away.');
    const { deliverer } = setUp([soc], { maxRequestRecords: 1, onTaken: () => Promise.reject(error) });
    const offer = failureOf(deliverer.offer('a', [cut('1'), cut('2', 1), cut('3', 2)], ['soc']));
    const outcome = failureOf(deliverer.finish('other').then(() => deliverer.finish('a')));
    (await soc.request(1)).take();
    expect(await offer).toBe(error);
    expect(await outcome).toBe(error);
    expect(await failureOf(deliverer.offer('b', [cut('4')], ['soc']))).toBe(error);
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
    'an abort while %s rejects offers and finishes',
    async (when) => {
      const soc = fake('soc');
      const abort = new AbortController();
      const { deliverer, clock } = setUp([soc], {
        signal: abort.signal,
        contentIds: when === 'lingering' ? ['a', 'b'] : ['a'],
      });
      await deliverer.offer('a', [cut('1')], ['soc']);
      const outcome = failureOf(deliverer.finish('a'));
      if (when === 'lingering') await clock.asleep(lingerMs);
      else await soc.request(1);
      if (when === 'between tries') {
        soc.arrived[0]?.fail(unavailable());
        await clock.asleep(500);
      }
      const reason = new Error('The batch ran out of time.');
      abort.abort(reason);
      expect(await outcome).toBe(reason);
      expect(await failureOf(deliverer.offer('b', [cut('2')], ['soc']))).toBe(reason);
    },
  );

  test('misuse is refused in words', async () => {
    const { deliverer } = setUp([willing('soc')]);
    await expect(deliverer.offer('a', [{ ...cut('1', 5), bytes: undefined }], ['soc'])).rejects.toThrow(
      /Record 5 of content a is over the limit/,
    );
    await deliverer.finish('a');
    await expect(deliverer.offer('a', [cut('1')], ['soc'])).rejects.toThrow(/Content a has ended/);
  });
});
