import { describe, expect, test } from 'vitest';

import { minute, neighbour, sibling, startRelay, troubled, turned } from './relay.ts';

const never = new AbortController().signal;
const customer = { tenantId: troubled.tenantId, cloud: 'custom' } as const;

describe('however subscriptions are answered, all arrives, with one start each', () => {
  test.each([
    ['without their status (1.3)', turned('subscription-entries', 'without-status')],
    ['with an empty back-fill', turned('first-content', { backfillHours: 22 })],
  ])('%s', async (_title, misbehave) => {
    const relay = await startRelay();
    misbehave(relay);
    await relay.settled();
    await relay.cycles(10);
    await relay.expectWhole(troubled, sibling, neighbour);
    expect(relay.asked('start', troubled)).toBe(2);
  });
});

test('subscriptions that are there already, in upper case, are not started again (1.3)', async () => {
  const relay = await startRelay();
  relay.set('subscription-entries', 'upper-case');
  for (const { contentType } of [troubled, sibling]) {
    await relay.pipeline.api.startSubscription(customer, contentType, never);
  }
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
  expect(relay.asked('start', troubled)).toBe(2);
});

test.each(['AF20024', 'ok'] as const)(
  'a start of what is enabled already, answered by %s, is no failure (1)',
  async (answer) => {
    const relay = await startRelay();
    await relay.pipeline.api.startSubscription(customer, troubled.contentType, never);
    relay.set('start-throttle', 0);
    relay.set('subscription-entries', 'without-status');
    relay.set('start-already-enabled', answer);
    await relay.settled(2);
    await relay.expectWhole(troubled, sibling, neighbour);
    expect(relay.events.filter(({ event }) => event === 'subscription-not-started')).toEqual([]);
  },
);

test('a start that is throttled holds up its feed alone, is said, and is not repeated before its time (2, 3)', async () => {
  const relay = await startRelay();
  await relay.pipeline.api.startSubscription(customer, troubled.contentType, never);
  relay.set('vanished-subscription', 1, troubled);
  await relay.cycles(2);
  await relay.expectWhole(sibling, neighbour);
  expect((await relay.tenant(troubled)).state).toBe('active');
  const { state, lagReason } = await relay.standing(troubled);
  expect([state, lagReason]).toEqual(['starting', expect.stringMatching(/was throttled; .*HTTP 403, 429/)]);
  await relay.settled(8);
  await relay.expectWhole(troubled);
  // By hand, in vain, and again after a quarter of an hour; and the sibling's.
  expect(relay.asked('start', troubled)).toBe(4);
});

test('a start that was answered but takes effect later costs a wait, and no contents (1.1)', async () => {
  const relay = await startRelay();
  relay.set('start-takes', 60);
  await relay.cycle();
  await relay.expectWhole(neighbour);
  expect((await relay.standing(troubled)).lagReason).toMatch(/found no subscription/);
  await relay.settled();
  await relay.expectWhole(troubled, sibling);
  expect(relay.asked('start', troubled)).toBe(2);
});

test('a subscription that vanishes is started again, and what came meanwhile arrives (32)', async () => {
  const relay = await startRelay();
  await relay.settled();
  relay.clock.advance(30 * minute);
  relay.set('vanished-subscription', 1, troubled);
  await relay.cycle();
  relay.offer(troubled);
  relay.offer(sibling);
  await relay.settled(3);
  await relay.expectWhole(troubled, sibling, neighbour);
  expect(relay.asked('start', troubled)).toBe(3);
});

test('a subscription that vanishes again and again is started once in a quarter of an hour (2)', async () => {
  const relay = await startRelay();
  relay.set('vanished-subscription', 1000, troubled);
  await relay.cycles(30);
  await relay.expectWhole(sibling, neighbour);
  // Five of the troubled feed in an hour, one of its sibling.
  expect(relay.asked('start', troubled)).toBeLessThanOrEqual(6);
  relay.set('vanished-subscription', 0, troubled);
  await relay.settled(10);
  await relay.expectWhole(troubled);
});

test('a subscription that an administrator disabled stops its feed alone, says so, and goes on when it is enabled (20)', async () => {
  const relay = await startRelay();
  await relay.settled();
  relay.set('subscription-disabled', true, troubled);
  relay.offer(troubled);
  relay.offer(sibling);
  await relay.cycles(30);
  await relay.expectWhole(sibling, neighbour);
  expect(await relay.standing(troubled)).toMatchObject({
    state: 'disabled',
    lagReason: expect.stringMatching(/subscription disabled/) as string,
  });
  expect(relay.asked('start', troubled)).toBeLessThanOrEqual(7);
  expect((await relay.tenant(troubled)).state).toBe('active');
  relay.set('subscription-disabled', false, troubled);
  await relay.settled(10);
  await relay.expectWhole(troubled);
});

describe('what the token may not read stops its feed alone, with the permission named, until it may (21)', () => {
  test.each([
    ['its role is missing', turned('missing-roles', ['ActivityFeed.ReadDlp'])],
    ['the API does not believe it yet', turned('refusal', { status: 401, code: 'AF10001' }, sibling)],
  ])('because %s', async (_title, misbehave) => {
    const relay = await startRelay();
    misbehave(relay);
    await relay.cycles(2);
    await relay.expectWhole(troubled, neighbour);
    expect((await relay.tenant(troubled)).state).toBe('active');
    expect(await relay.standing(sibling)).toMatchObject({
      state: 'permission-missing',
      lagReason: expect.stringContaining('ActivityFeed.ReadDlp') as string,
    });
    relay.simulator.switches.reset();
    await relay.settled();
    await relay.expectWhole(sibling);
  });
});

describe('an audit log that is off is said so, stops no neighbour, and is looked at again (5)', () => {
  test.each([true, 'old-text'] as const)('in the words of %s', async (words) => {
    const relay = await startRelay();
    relay.set('audit-off', words);
    await relay.cycles(2);
    expect((await relay.tenant(troubled)).state).toBe('audit-off');
    await relay.expectWhole(neighbour);
    relay.set('audit-off', false);
    await relay.settled();
    expect((await relay.tenant(troubled)).state).toBe('active');
    await relay.expectWhole(troubled, sibling, neighbour);
    expect(JSON.stringify(relay.events)).not.toMatch(/ {3}at Microsoft|StartSubscriptionStorage|AzureManager/);
  });
});
