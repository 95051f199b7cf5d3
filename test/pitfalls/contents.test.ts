import { describe, expect, test } from 'vitest';

import { hour, neighbour, sibling, startRelay, standingWith, troubled, turned } from './relay.ts';

describe('a content whose first fetches fail is fetched again, and arrives once', () => {
  test.each([
    ['500 without a code (9)', turned('content-status', { status: 500 })],
    ['503 as a page', turned('content-status', { status: 503, times: 3 })],
    ['bare 408', turned('content-status', { status: 408, times: 3 })],
    ['AF50000, more often than failures may be', turned('content-status', { status: 500, code: 'AF50000', times: 6 })],
    ['AF429 for this content only', turned('content-status', { status: 403, code: 'AF429' })],
    ['a body that stops, with a clean end (8)', turned('truncated-body', { how: 'clean' })],
    ['a body that stops, with a broken connection (8)', turned('truncated-body', { how: 'reset', times: 7 })],
    ['a body that stalls', turned('truncated-body', { how: 'stall' })],
    ['a body that is no JSON', turned('invalid-json', { times: 4 })],
    ['a body that is no JSON at its end', turned('invalid-json', { where: 'end' })],
    [
      'a page instead of the body, more often than failures may be',
      turned('content-status', { status: 404, html: true, times: 6 }),
    ],
  ])('%s', async (_title, misbehave) => {
    const relay = await startRelay({ idleTimeoutMs: 1000 });
    misbehave(relay);
    await relay.settled();
    await relay.expectWhole(troubled, sibling, neighbour);
  });
});

describe('a content that is no array, or looks odd, arrives as it is', () => {
  test.each([
    ['over many lines', turned('pretty-printed', true)],
    ['as octet-stream', turned('wrong-content-type', 'application/octet-stream')],
    ['a record by itself', turned('body-object', true)],
  ])('%s', async (_title, misbehave) => {
    const relay = await startRelay();
    misbehave(relay);
    relay.offer(troubled, {}, relay.records(troubled, 1));
    await relay.settled();
    expect(relay.received(troubled)).toHaveLength(5);
    const ids = (texts: readonly string[]) => texts.map((text) => (JSON.parse(text) as { Id: string }).Id);
    expect(new Set(ids(relay.received(troubled))).size).toBe(5);
    expect((await relay.standing(troubled)).contents).toEqual(standingWith({ delivered: 3 }));
    await relay.expectWhole(neighbour);
  });
});

describe('a content that the API never gives is lost, with the reason, and takes no neighbour with it', () => {
  test.each([
    ['AF20050: unknown', { status: 404 }, /AF20050/],
    ['AF20050 as 400', { status: 400, code: 'AF20050' }, /AF20050/],
    ['AF20051: expired before its time (16)', { status: 400, code: 'AF20051' }, /AF20051/],
  ] as const)('%s', async (_title, value, reason) => {
    const relay = await startRelay();
    relay.set('content-status', { ...value, times: null, only: 'head' }, troubled);
    const start = relay.clock.now() - (relay.clock.now() % hour);
    const lost = relay.offer(troubled, { created: start });
    await relay.settled();
    expect(await relay.fateOf(lost)).toMatchObject({ state: 'lost', reason: expect.stringMatching(reason) as string });
    // The first one of the hour before is lost as well.
    expect((await relay.standing(troubled)).contents).toEqual(standingWith({ delivered: 1, lost: 2 }));
    await relay.expectWhole(sibling, neighbour);
  });
});

describe('a content that is refused for good is parked, with the reason, and takes no neighbour with it', () => {
  test.each([
    [
      'AF20052: of another tenant or cloud (19)',
      turned('content-status', { status: 400, times: null, only: 'head' }, troubled),
      /AF20052/,
    ],
    [
      'a code that nobody knows',
      turned('content-status', { status: 400, code: 'AF29999', times: null, only: 'head' }, troubled),
      /AF29999/,
    ],
  ] as const)('%s', async (_title, misbehave, reason) => {
    const relay = await startRelay();
    misbehave(relay);
    const start = relay.clock.now() - (relay.clock.now() % hour);
    const parked = relay.offer(troubled, { created: start });
    await relay.settled();
    expect(await relay.fateOf(parked)).toMatchObject({
      state: 'parked',
      failures: 5,
      reason: expect.stringMatching(reason) as string,
    });
    expect((await relay.standing(troubled)).contents).toEqual(standingWith({ delivered: 1, parked: 2 }));
    await relay.expectWhole(sibling, neighbour);
  });

  test.each([
    ['truncated-body', turned('truncated-body', { how: 'clean', times: null }, troubled)],
    ['invalid-json', turned('invalid-json', { times: null }, troubled)],
    ['invalid-json at its end', turned('invalid-json', { where: 'end', times: null }, troubled)],
  ])('%s for ever', async (_title, misbehave) => {
    const relay = await startRelay();
    misbehave(relay);
    await relay.settled();
    expect((await relay.standing(troubled)).contents).toEqual(standingWith({ parked: 2 }));
    await relay.expectWhole(sibling, neighbour);
  });
});

test.each(['scheme', 'host', 'port', 'tenant'] as const)(
  'a contentUri that leads elsewhere by its %s is parked and gets no token (19)',
  async (part) => {
    const relay = await startRelay();
    relay.set('foreign-content-uri', part, troubled);
    const content = relay.offer(troubled);
    await relay.settled();
    expect(await relay.fateOf(content)).toMatchObject({
      state: 'parked',
      reason: expect.stringMatching(/^The content address .* no token was sent to it\.$/) as string,
    });
    expect((await relay.standing(troubled)).contents).toEqual(standingWith({ parked: 3 }));
    expect(relay.asked('fetch', troubled)).toBe(2);
    await relay.expectWhole(sibling, neighbour);
  },
);

test('records that name another organisation are delivered to the tenant they came from, and counted (40)', async () => {
  const relay = await startRelay();
  relay.set('foreign-organization-id', true, troubled);
  await relay.settled();
  expect((await relay.standing(troubled)).contents).toEqual(standingWith({ delivered: 2 }));
  expect(relay.received(troubled)).toHaveLength(4);
  expect(relay.received(troubled).filter((text) => text.includes(troubled.tenantId))).toHaveLength(2);
  const told = relay.events.filter(({ event }) => event === 'foreign-organization').map(({ fields }) => fields);
  expect(told.reduce((sum, { records }) => sum + Number(records), 0)).toBe(2);
  expect(told).toEqual(told.map(() => expect.objectContaining(troubled) as unknown));
  await relay.expectWhole(sibling, neighbour);
});
