import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorOf, startCaller, subscribe, tenantId } from './caller.ts';
import type { Caller } from './caller.ts';

const type = 'Audit.Exchange';
let caller: Caller;
beforeEach(async () => {
  caller = await startCaller();
});
afterEach(async () => {
  await caller.close();
});

const subscriptions = async () => (await caller.api('GET', `${tenantId}/activity/feed/subscriptions/list`)).json();
const codeOfListing = async () => {
  const reply = await caller.list(type);
  return reply.status === 200 ? 'ok' : errorOf(reply).code;
};

test('a subscription may not exist for a while after its start was answered', async () => {
  caller.switches.set('start-takes', 60);
  await subscribe(caller, type);
  expect(await subscriptions()).toEqual([]);
  expect(await codeOfListing()).toBe('AF20022');
  caller.clock.now += 60_000;
  expect(await subscriptions()).toMatchObject([{ contentType: type, status: 'enabled' }]);
  expect(await codeOfListing()).toBe('ok');
});

test('a subscription may vanish until it is started again, which is not throttled less for it', async () => {
  await subscribe(caller, type);
  caller.switches.set('vanished-subscription', 1);
  expect(await codeOfListing()).toBe('AF20022');
  expect(await subscriptions()).toEqual([]);
  expect(errorOf(await caller.start(type)).code).toBe('429');
  caller.clock.now += 15 * 60_000;
  expect((await caller.start(type)).status).toBe(200);
  expect(await codeOfListing()).toBe('ok');
});

test('what became available while a subscription was gone is listed once it is back', async () => {
  await subscribe(caller, type);
  caller.switches.set('vanished-subscription', 1);
  expect(await subscriptions()).toEqual([]);
  caller.offer(tenantId, type, { records: [] });
  caller.clock.now += 15 * 60_000;
  await caller.start(type);
  expect((await caller.list(type)).json()).toHaveLength(1);
});

test.each([
  ['upper-case', { contentType: 'AUDIT.EXCHANGE', status: 'ENABLED', webhook: null }],
  ['without-status', { contentType: type, webhook: null }],
] as const)('subscriptions may be listed in another way: %s', async (style, entry) => {
  await subscribe(caller, type);
  caller.switches.set('subscription-entries', style);
  expect(await subscriptions()).toEqual([entry]);
});
