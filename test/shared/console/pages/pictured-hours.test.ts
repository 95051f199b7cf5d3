import { expect, it } from 'vitest';

import { hourMs } from '../../../../shared/activity-api/hours.ts';
import { picturedHours, pictureSpan, runsOf } from '../../../../shared/console/pages/pictured-hours.ts';
import { feedWith, hourAgo, hourWith, now, span } from './picture-fixture.ts';

const fatesOf = (...feed: Parameters<typeof feedWith>) =>
  picturedHours(feedWith(...feed), span).map(({ fate }) => fate);

it('spans the 167 hours that the API lists at any minute, the current one last', () => {
  const hours = picturedHours(feedWith([]), span).map(({ hour }) => hour);
  expect(hours).toHaveLength(167);
  expect([hours[0], hours.at(-1)]).toEqual(['2026-11-15T12', '2026-11-22T10']);
  expect(pictureSpan(Date.parse('2026-11-22T10:00:00.000Z'))).toEqual(span);
  expect(pictureSpan(now + hourMs).to).toBe(span.to + hourMs);
});

it.each([
  ['lost', { lost: 1, parked: 1, pending: 1, delivered: 1 }, {}],
  ['parked', { parked: 1, pending: 1, delivered: 1 }, {}],
  ['parked', { delivered: 1 }, { records: { parked: 1 } }],
  ['pending', { pending: 1, delivered: 1 }, {}],
  ['delivered', { delivered: 1 }, { records: { duplicates: 2 } }],
  ['empty', {}, {}],
] as const)('lets the worst of an hour win: %s', (fate, contents, more) => {
  expect(fatesOf([hourWith(hourAgo(0), contents, more)]).at(-1)).toBe(fate);
});

it('tells an hour that was never listed from one that was empty', () => {
  expect(new Set(fatesOf([]))).toEqual(new Set(['unlisted']));
  expect(fatesOf([hourWith(hourAgo(1))]).slice(-2)).toEqual(['empty', 'unlisted']);
});

it('shows a gap in every hour that it touches, whatever else was in there, and in no other', () => {
  const gap = { from: now - 3.5 * hourMs, to: now - 1.5 * hourMs, why: 'It was off.' };
  const fates = fatesOf([hourWith(hourAgo(3), { lost: 1 }), hourWith(hourAgo(1), { delivered: 1 })], [gap]);
  // From 07:00 to 09:00: the end is not part of it.
  expect(fates.slice(-5)).toEqual(['unlisted', 'gap', 'gap', 'delivered', 'unlisted']);
});

it('puts neighbours that are alike into runs', () => {
  const hours = picturedHours(feedWith([hourWith(hourAgo(2), { lost: 1 })]), span);
  const runs = runsOf(hours, (first, second) => first.fate === second.fate);
  expect(runs.map((run) => [run[0].fate, run.length])).toEqual([
    ['unlisted', 164],
    ['lost', 1],
    ['unlisted', 2],
  ]);
});
