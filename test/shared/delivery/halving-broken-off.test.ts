import { expect, test } from 'vitest';
import type { TakenRecord } from '../../../shared/delivery/deliverer.ts';
import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { fake, setUp, turn, unavailable } from './fake-destination.ts';
import { cuts, ids, inShort, picky, refusal } from './picky-destination.ts';
import { failureOf } from './sample-delivery.ts';

test('broken off by time: what was acknowledged counts, and was noted; the rest is owed', async () => {
  const soc = fake('soc');
  const abort = new AbortController();
  const noted: number[] = [];
  const { deliverer } = setUp([soc], {
    signal: abort.signal,
    onTaken(_, records: readonly TakenRecord[]) {
      noted.push(...records.map(({ ordinal }) => ordinal));
      return Promise.resolve();
    },
  });
  await deliverer.offer('a', cuts(8), ['soc']);
  const outcome = deliverer.finish('a');
  (await soc.request(1)).fail(refusal());
  (await soc.request(2)).take();
  await soc.request(3);
  abort.abort(new Error('The batch ran out of time.'));
  expect(inShort((await outcome).byDestination.get('soc'))).toEqual([4, [], [], 'unavailable']);
  expect(noted).toEqual([0, 1, 2, 3]);
  await deliverer.drained();
  expect(soc.arrived).toHaveLength(3);
});

test('a suspect is still owed when time runs out before it is clear whose fault it is', async () => {
  const soc = fake('soc');
  const abort = new AbortController();
  const { deliverer } = setUp([soc], { signal: abort.signal });
  await deliverer.offer('a', cuts(2), ['soc']);
  const outcome = deliverer.finish('a');
  (await soc.request(1)).fail(refusal());
  (await soc.request(2)).fail(refusal());
  await soc.request(3);
  abort.abort(new Error('The batch ran out of time.'));
  expect(inShort((await outcome).byDestination.get('soc'))).toEqual([0, [], [], 'unavailable']);
});

test('a half that the destination cannot take now: it drops out with what was taken and what is suspected', async () => {
  const soc = fake('soc');
  const { deliverer } = setUp([soc], { retryPausesMs: [] });
  await deliverer.offer('a', cuts(4), ['soc']);
  const outcome = deliverer.finish('a');
  (await soc.request(1)).fail(refusal());
  (await soc.request(2)).take();
  (await soc.request(3)).fail(refusal());
  (await soc.request(4)).fail(refusal());
  (await soc.request(5)).fail(unavailable());
  expect(inShort((await outcome).byDestination.get('soc'))).toEqual([2, [], [2], 'unavailable']);
  expect(deliverer.dropped().get('soc')?.kind).toBe('unavailable');
});

test('a half is tried again as it is when its destination is busy', async () => {
  const soc = fake('soc');
  const { deliverer, clock } = setUp([soc]);
  await deliverer.offer('a', cuts(4), ['soc']);
  const outcome = deliverer.finish('a');
  (await soc.request(1)).fail(refusal());
  (await soc.request(2)).fail(unavailable(7_000));
  await clock.asleep(7_000);
  clock.advance(7_000);
  const again = await soc.request(3);
  expect(again.delivery).toBe(soc.arrived[1]?.delivery);
  again.take();
  (await soc.request(4)).take();
  expect(inShort((await outcome).byDestination.get('soc'))).toEqual([4, [], [], undefined]);
});

test('a note that cannot be taken ends the halving', async () => {
  const lost = new Error('Storage is away.');
  const soc = picky('soc', { refuses: (id) => id === '7' });
  const { deliverer } = setUp([soc], { onTaken: () => Promise.reject(lost) });
  await deliverer.offer('a', cuts(8), ['soc']);
  expect(await failureOf(deliverer.finish('a'))).toBe(lost);
  await deliverer.drained();
  expect(soc.requests).toEqual([ids(0, 8), ids(0, 4)]);
});

test('a note that cannot be taken for another destination ends the halving, too', async () => {
  const lost = new Error('Storage is away.');
  const soc = fake('soc');
  const archive = fake('archive');
  const { deliverer } = setUp([soc, archive], {
    onTaken: (name) => (name === 'archive' ? Promise.reject(lost) : Promise.resolve()),
  });
  await deliverer.offer('a', cuts(8), ['soc', 'archive']);
  const outcome = failureOf(deliverer.finish('a'));
  (await archive.request(1)).take();
  expect(await outcome).toBe(lost);
  (await soc.request(1)).fail(refusal());
  await deliverer.drained();
  expect(soc.arrived).toHaveLength(1);
});

test('a probe gets one try; once it has taken something, its requests have all of them', async () => {
  const soc = fake('soc');
  const { deliverer, clock } = setUp([soc], { isProbe: () => true, maxRequestRecords: 1 });
  await deliverer.offer('a', cuts(1), ['soc']);
  const a = deliverer.finish('a');
  (await soc.request(1)).take();
  await a;
  await deliverer.offer('b', cuts(1), ['soc']);
  const b = deliverer.finish('b');
  (await soc.request(2)).fail(unavailable());
  await clock.asleep(500);
  clock.advance(500);
  (await soc.request(3)).take();
  expect(inShort((await b).byDestination.get('soc'))).toEqual([1, [], [], undefined]);

  const down = fake('soc');
  const probe = setUp([down], { isProbe: () => true });
  await probe.deliverer.offer('a', cuts(1), ['soc']);
  const outcome = probe.deliverer.finish('a');
  (await down.request(1)).fail(unavailable());
  expect(inShort((await outcome).byDestination.get('soc'))).toEqual([0, [], [], 'unavailable']);
  expect(down.arrived).toHaveLength(1);
});

test('a probe that is refused is halved a little, no more', async () => {
  const soc = picky('soc', { refuses: () => true });
  const { deliverer } = setUp([soc], { isProbe: () => true });
  await deliverer.offer('a', cuts(3000), ['soc']);
  expect((await deliverer.finish('a')).byDestination.get('soc')?.failed?.kind).toBe('refused');
  expect(soc.requests.length).toBeLessThanOrEqual(8);
  await turn();
});

test('a probe with one bad record finds it', async () => {
  const soc = picky('soc', { refuses: (id) => id === '0' });
  const { deliverer } = setUp([soc], { isProbe: () => true });
  await deliverer.offer('a', cuts(3000), ['soc']);
  expect(inShort((await deliverer.finish('a')).byDestination.get('soc'))).toEqual([2999, [0], [], undefined]);
});

test('misconfigured in the midst of halving: no further request', async () => {
  const soc = fake('soc');
  const { deliverer } = setUp([soc]);
  await deliverer.offer('a', cuts(4), ['soc']);
  const outcome = deliverer.finish('a');
  (await soc.request(1)).fail(refusal());
  (await soc.request(2)).fail(new DestinationError('Destination soc turned it away.', { kind: 'misconfigured' }));
  expect(inShort((await outcome).byDestination.get('soc'))).toEqual([0, [], [], 'misconfigured']);
  expect(soc.arrived).toHaveLength(2);
});
