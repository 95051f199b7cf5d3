import { describe, expect, test } from 'vitest';

import type { Operation } from '../../local/simulator/operations.ts';
import { send } from '../shared/activity-api/loopback.ts';
import { serve } from '../shared/activity-api/serve.ts';
import { hour, minute, neighbour, sibling, standingWith, startRelay, troubled, turned } from './relay.ts';

describe('what goes wrong for a while delays what is behind it, and loses nothing', () => {
  const exception = 'String reference not set to an instance of a String.\r\nParameter name';
  // The number is the status of the answers that the switch makes, or 0 for none.
  test.each([
    ['AF429 as 403, without Retry-After (3)', 403, turned('throttle', { times: 5 })],
    ['AF429 when fetching', 403, turned('throttle', { times: 5, operations: ['fetch'] })],
    ['a low quota', 403, turned('quota', 5)],
    ['slow answers (7)', 200, turned('latency-ms', 20)],
    ['broken connections', 0, turned('broken-connection', { times: 7 })],
    ['AF50000 (33)', 500, turned('internal-error', { times: 7 })],
    ['AF50005 for contents', 500, turned('internal-error', { code: 'AF50005', times: 7, operations: ['fetch'] })],
    ['AF50006 for listings', 500, turned('internal-error', { code: 'AF50006', times: 7, operations: ['list'] })],
    ['a 401 in the other shape (22)', 401, turned('unauthorized', {})],
    ['several of them, more than one fresh token heals', 401, turned('unauthorized', { times: 9 })],
    ['HTML with 503', 503, turned('broken-answer', { times: 7 })],
    ['HTML with 200 for listings', 200, turned('broken-answer', { status: 200, times: 7, operations: ['list'] })],
    ['HTML with 200 for contents', 200, turned('broken-answer', { status: 200, times: 30, operations: ['fetch'] })],
    ['HTML with 200 for all', 200, turned('broken-answer', { status: 200, times: 4 })],
    ['HTML with 502 for contents', 502, turned('broken-answer', { status: 502, times: 7, operations: ['fetch'] })],
    ['a bare 408', 408, turned('broken-answer', { status: 408, body: 'empty', times: 7 })],
    ['nothing, with 200', 200, turned('broken-answer', { status: 200, body: 'empty', times: 3, operations: ['list'] })],
    ['a bare 503 for starts', 503, turned('broken-answer', { body: 'empty', times: 2, operations: ['start'] })],
    ['{"Message"} with 500', 500, turned('broken-answer', { status: 500, body: 'message', times: 7 })],
    ['an error object with 200 (13)', 200, turned('refusal', { status: 200, code: 'AF50000', times: 7 })],
    [
      'an error object with 200 for contents (13)',
      200,
      turned('refusal', { status: 200, code: 'AF50000', times: 30, operations: ['fetch'] }),
    ],
    ['AF429 with 200', 200, turned('refusal', { status: 200, code: 'AF429', times: 4 })],
    ['AF20055 for a good window', 400, turned('refusal', { code: 'AF20055', times: 3, operations: ['list'] })],
    ['AF20030 for a good window', 400, turned('refusal', { code: 'AF20030', times: 3, operations: ['list'] })],
    ['AF20011: tenant unknown', 400, turned('refusal', { code: 'AF20011', times: 3 })],
    ['AF20012: tenant not configured', 400, turned('refusal', { code: 'AF20012', times: 3 })],
    ['an exception instead of a code (18)', 400, turned('refusal', { code: exception, message: 's', times: 3 })],
    ['AF20022 for one listing', 400, turned('refusal', { code: 'AF20022', times: 1, operations: ['list'] })],
    ['a path that may name any tenant (40)', 200, turned('tenant-in-path', 'lenient')],
  ])('%s', async (_title, status, misbehave) => {
    const relay = await startRelay();
    misbehave(relay);
    await relay.cycle();
    await relay.expectWhole(neighbour);
    await relay.settled();
    await relay.expectWhole(troubled, sibling, neighbour);
    const statuses = relay.simulator
      .requests()
      .filter(({ tenantId }) => tenantId === troubled.tenantId)
      .map((each) => each.status);
    expect(statuses).toContain(status);
  });
});

test('a 401 is healed by a fresh token at once, and nobody hears of it (22, 38)', async () => {
  const relay = await startRelay();
  relay.set('unauthorized', {});
  await relay.settled(1);
  await relay.expectWhole(troubled, sibling, neighbour);
  expect(relay.asked('token', troubled)).toBe(2);
  expect(relay.events.filter(({ level }) => level !== 'info')).toEqual([]);
});

test('an error object that comes with 200 is taken for what it says (13)', async () => {
  const relay = await startRelay();
  relay.set('refusal', { status: 200, code: 'AF429', times: 1, operations: ['list'] });
  await relay.cycle();
  expect(relay.events.filter(({ event }) => event === 'listing-failed').map(({ fields }) => fields)).toMatchObject([
    { kind: 'throttled', code: 'AF429' },
  ]);
});

describe('throttling that names its wait is obeyed within reason (section 3)', () => {
  const waits: [string, Parameters<typeof turned<'throttle-answer'>>[1], number][] = [
    ['seconds', { status: 429, retryAfterSeconds: 600 }, 10],
    ['a date', { status: 429, retryAfterSeconds: 600, asDate: true }, 10],
    ['ten years', { status: 403, retryAfterSeconds: 315_360_000 }, 60],
    ['less than nothing', { status: 429, retryAfterSeconds: -600 }, 0],
    ['no time at all', { status: 429, retryAfterText: 'soon' }, 0],
  ];
  test.each(waits)('%s', async (_title, answer, minutes) => {
    const relay = await startRelay();
    relay.set('throttle', { times: 1 });
    relay.set('throttle-answer', answer);
    await relay.cycle();
    await relay.expectWhole(neighbour);
    const before = relay.asked('list', troubled);
    await relay.cycles(Math.max(0, minutes / 2 - 2));
    expect(relay.asked('list', troubled)).toBe(before);
    await relay.settled(6);
    await relay.expectWhole(troubled, sibling);
  });
});

describe('what goes wrong for three days loses and parks nothing, and stops no neighbour (33)', () => {
  const bad = (operation: Operation) => ({ times: null, operations: [operation] });
  test.each([
    ['AF50000 when fetching', turned('internal-error', bad('fetch'))],
    ['AF50000 when listing', turned('internal-error', bad('list'))],
    ['AF429 when fetching', turned('throttle', bad('fetch'))],
    ['broken connections', turned('broken-connection', {})],
    ['401 for every token', turned('unauthorized', { times: null })],
  ])('%s', async (_title, misbehave) => {
    const relay = await startRelay();
    misbehave(relay);
    for (let halfDays = 0; halfDays < 6; halfDays += 1) {
      await relay.cycle();
      relay.clock.advance(12 * hour);
    }
    relay.offer(neighbour);
    await relay.cycles(2);
    await relay.expectWhole(neighbour);
    const { contents, lagSeconds, lagReason } = await relay.standing(troubled);
    expect(contents).toMatchObject({ delivered: 0, parked: 0, lost: 0 });
    expect(lagSeconds).toBeGreaterThan((3 * 24 * hour) / 1000);
    expect(lagReason).not.toBeUndefined();

    relay.simulator.switches.reset();
    await relay.settled(90);
    await relay.expectWhole(troubled, sibling);
  });
});

describe('an API that never answers costs its own tenant time, and nobody else', () => {
  test.each<[string, Operation[]]>([
    ['listings', ['list', 'subscriptions', 'start']],
    ['contents', ['fetch']],
  ])('for %s', async (_what, operations) => {
    const relay = await startRelay({ idleTimeoutMs: 1000 });
    relay.set('hanging', { times: 4, operations });
    await relay.cycle();
    await relay.expectWhole(neighbour);
    await relay.settled();
    await relay.expectWhole(troubled, sibling);
  });
});

test('a redirect is followed by nobody: listings wait, contents are parked with the reason', async () => {
  const relay = await startRelay();
  const elsewhere = await serve((_request, response) => {
    send(response, 200, []);
  });
  relay.set('redirect', { to: elsewhere.url, times: 2, operations: ['list'] });
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
  relay.set('redirect', { to: elsewhere.url, operations: ['fetch'] }, troubled);
  const content = relay.offer(troubled);
  await relay.settled();
  expect(await relay.fateOf(content)).toMatchObject({
    state: 'parked',
    reason: expect.stringContaining('HTTP 302') as string,
  });
  expect(elsewhere.requests).toEqual([]);
});

test('a refusal that no code explains parks contents, and names its words (2.3)', async () => {
  const relay = await startRelay();
  relay.set('refusal', { code: 'AF20001', message: 'Missing parameter: something.', operations: ['fetch'] }, troubled);
  await relay.settled();
  const { contents } = await relay.standing(troubled);
  expect(contents).toEqual(standingWith({ parked: 2 }));
  await relay.expectWhole(sibling, neighbour);
});

test('every request names its publisher: where all who name none are shut out, nothing is refused (4)', async () => {
  const relay = await startRelay();
  relay.simulator.switches.set('shared-quota', 0);
  relay.set('page-size', 1);
  for (let n = 0; n < 3; n += 1) relay.offer(troubled);
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
  expect(relay.simulator.requests().filter(({ status }) => status >= 400)).toEqual([]);
});

describe('a clock that is 5 minutes off is told once, and nothing is missed', () => {
  test.each([
    ['ahead', 5 * minute],
    ['behind', -5 * minute],
  ])('%s', async (_where, skewMs) => {
    const relay = await startRelay({ skewMs });
    for (let n = 0; n < 20; n += 1) {
      relay.offer(troubled, { created: relay.clock.now() });
      relay.offer(neighbour, { created: relay.clock.now() });
      await relay.cycle();
    }
    await relay.settled();
    await relay.expectWhole(troubled, sibling, neighbour);
    const told = relay.events.filter(({ event }) => event === 'clock-skew');
    expect(told.map(({ fields }) => fields['seconds'])).toEqual(told.map(() => -skewMs / 1000));
    expect(told.length).toBeLessThanOrEqual(2);
    expect(told.length).toBeGreaterThan(0);
  });

  test('by the Date header alone', async () => {
    const relay = await startRelay();
    relay.simulator.switches.set('date-skew', 300);
    await relay.settled();
    await relay.expectWhole(troubled, sibling, neighbour);
    const told = relay.events.filter(({ event }) => event === 'clock-skew');
    expect(told.map(({ fields }) => fields['seconds'])).toEqual([expect.closeTo(300, -1)]);
  });
});
