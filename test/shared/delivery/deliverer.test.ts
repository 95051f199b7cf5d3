import { describe, expect, test } from 'vitest';
import type { TakenRecord } from '../../../shared/delivery/deliverer.ts';
import { cut, fake, lingerMs, setUp, turn, willing } from './fake-destination.ts';
import { failureOf, tenantId } from './sample-delivery.ts';

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
    expect((await first).byDestination.get('soc')).toEqual({
      delivered: 2,
      refused: [],
      suspected: [],
      failed: undefined,
    });
    expect((await second).byDestination.get('soc')).toEqual({
      delivered: 1,
      refused: [],
      suspected: [],
      failed: undefined,
    });
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
