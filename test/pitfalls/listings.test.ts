import { describe, expect, test } from 'vitest';

import type { PitfallRelay } from './relay.ts';
import { hour, minute, neighbour, sibling, startRelay, troubled, turned } from './relay.ts';

/** More than one page of them, in one hour and at its edges. */
function offerMany(relay: PitfallRelay): void {
  const now = relay.clock.now();
  const start = now - (now % hour);
  for (const created of [start - 1, start, start, start + 1, start + 999, start + 20 * minute]) {
    relay.offer(troubled, { created });
  }
}

describe('however contents are listed, all arrive once', () => {
  test.each([
    ['on pages of one', turned('page-size', 1)],
    ['with an empty page before each page (17)', turned('empty-page-with-next', true)],
    ['with header names in lower case (6)', turned('header-names', 'lower')],
    ['with header names in upper case (6)', turned('header-names', 'upper')],
    ['with header names capitalized (6)', turned('header-names', 'capitalized')],
    ['with a page token that goes stale twice', turned('stale-page-token', 2)],
    ['with a page token that goes stale for a while', turned('stale-page-token', 9)],
    ['with PublisherIdentifier in NextPageUri (4)', turned('next-page-style', { publisher: true })],
    ['with NextPageUri as documented (6)', turned('next-page-style', { version: 'v1', parameter: 'nextpage' })],
    ['with a content again on the next page', turned('repeated-on-next-page', true)],
    ['in no order (17)', turned('unsorted-listing', true)],
    ['as another type', turned('wrong-content-type', 'text/html')],
    ['as no type', turned('wrong-content-type', '')],
  ])('%s', async (_title, misbehave) => {
    const relay = await startRelay();
    relay.set('page-size', 2);
    misbehave(relay);
    offerMany(relay);
    await relay.settled();
    await relay.expectWhole(troubled, sibling, neighbour);
  });
});

describe('pages that never end are given up, said, and cost neither requests without end nor the neighbours', () => {
  test.each(['new', 'same'] as const)('with the %s address', async (endless) => {
    const relay = await startRelay();
    relay.set('endless-pages', endless, troubled);
    offerMany(relay);
    await relay.cycles(2);
    await relay.expectWhole(sibling, neighbour);
    expect((await relay.standing(troubled)).lagReason).toMatch(/leads back|brings nothing new/);
    // Two hours in two cycles.
    expect(relay.asked('list', troubled)).toBeLessThan(4 * 110);

    relay.simulator.switches.reset('endless-pages');
    await relay.settled();
    await relay.expectWhole(troubled);
  });
});

test.each(['scheme', 'host', 'port', 'tenant'] as const)(
  'NextPageUri that leads elsewhere by its %s gets no token; the feed says so and goes on when it has healed',
  async (part) => {
    const relay = await startRelay();
    relay.set('page-size', 1, troubled);
    relay.set('foreign-next-page-uri', part, troubled);
    offerMany(relay);
    await relay.cycles(2);
    await relay.expectWhole(sibling, neighbour);
    expect((await relay.standing(troubled)).lagReason).toMatch(/^The next page address .* no token was sent to it\.$/);

    relay.simulator.switches.reset('foreign-next-page-uri');
    await relay.settled();
    await relay.expectWhole(troubled, sibling, neighbour);
  },
);

test('contents that are listed 90 minutes late, with their earlier time, are found (1.9)', async () => {
  const relay = await startRelay();
  relay.set('late-listed', { seconds: 90 * 60, every: 2 });
  offerMany(relay);
  await relay.cycles(44);
  expect((await relay.standing(troubled)).contents.delivered).toBeLessThan(8);
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
});

test('contents that appear 12 hours after the start are found by the daily sweep', async () => {
  const relay = await startRelay();
  relay.set('first-content', { delaySeconds: 12 * 3600 });
  await relay.cycles(3);
  expect((await relay.standing(troubled)).contents.delivered).toBe(0);
  await relay.expectWhole(neighbour);
  relay.clock.advance(25 * hour);
  await relay.settled(5);
  await relay.expectWhole(troubled, sibling);
});

test('the expiry that the listing says is the one that counts, 21 days too (16)', async () => {
  const relay = await startRelay();
  relay.set('expiry-days', 21);
  const content = relay.offer(troubled);
  relay.set('content-status', { status: 503, times: null }, troubled);
  await relay.cycle();
  relay.clock.advance(5 * 24 * hour);
  await relay.cycle();
  relay.clock.advance(5 * 24 * hour);
  await relay.cycle();
  expect(await relay.fateOf(content)).toMatchObject({ expires: content.created + 21 * 24 * hour, state: 'queued' });
  relay.simulator.switches.reset('content-status');
  await relay.settled();
  await relay.expectWhole(troubled, sibling, neighbour);
});

test('a content that has expired when it is listed is lost, and said so, alone (16)', async () => {
  const relay = await startRelay();
  await relay.settled();
  relay.set('expiry-days', 0, troubled);
  const content = relay.offer(troubled);
  relay.offer(sibling);
  await relay.settled();
  expect(await relay.fateOf(content)).toMatchObject({
    state: 'lost',
    reason: expect.stringMatching(/expired/) as string,
  });
  expect((await relay.standing(troubled)).contents).toMatchObject({ delivered: 2, lost: 1, parked: 0 });
  await relay.expectWhole(sibling, neighbour);
});

test('an hour is always asked for with the same start, so that contents that span two hours arrive once (1.4)', async () => {
  const relay = await startRelay();
  relay.set('partial-contents', true, troubled);
  const created = Date.parse('2026-11-22T10:00:30Z');
  const contentId = `20261122095930000000000$20261122100030000000000$audit_exchange$Audit_Exchange$na0014`;
  const records = relay.records(troubled, 40);
  relay.offer(troubled, { created, contentId }, records);
  await relay.settled();
  await relay.cycles(6);
  const listed = (await relay.standing(troubled)).contents;
  // Two whole ones, and this one in two parts.
  expect(listed).toEqual({ queued: 0, delivered: 4, parked: 0, lost: 0 });
  const received = relay.received(troubled);
  expect(received).toHaveLength(44);
  expect(received).toEqual(expect.arrayContaining(records));
  await relay.expectWhole(sibling, neighbour);
});
