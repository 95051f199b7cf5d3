import { describe, expect, test } from 'vitest';

import { endOfHour, type Hour, hourMs, hourOf, startOfHour } from '../../../shared/activity-api/hours.ts';
import { feedGaps, whyNotListed } from '../../../shared/pipeline/feed-gaps.ts';
import type { Gap } from '../../../shared/state/feeds.ts';
import type { ListedHour } from '../../../shared/state/hours.ts';

const at = (text: string): number => Date.parse(`2026-11-${text}:00Z`);
const now = at('22T10:30');
const why = 'the tenant was active and the feed active';

/** Rows of hours that were listed up to `listedTo`. */
const listed = (...hours: [hour: Hour, listedTo?: number][]): Map<Hour, ListedHour> =>
  new Map(
    hours.map(([hour, listedTo = endOfHour(hour)]) => [
      hour,
      { hour, listedAt: listedTo, listedTo, hash: 'hash', open: false, sums: undefined },
    ]),
  );

const gapsAt = (
  position: number | undefined,
  rows: Map<Hour, ListedHour>,
  { gaps = [], since = 0 }: { gaps?: readonly Gap[]; since?: number } = {},
) => feedGaps(now, { position, gaps }, rows, { since, why });

describe('a gap', () => {
  test('is an hour that nobody listed to its end within two hours after it, whole', () => {
    const rows = listed(['2026-11-22T06', at('22T06:40')]);
    expect(gapsAt(at('22T06:40'), rows)).toEqual([{ from: at('22T06:00'), to: at('22T08:00'), why }]);
  });

  test('is not there as long as two hours have not passed', () => {
    expect(gapsAt(at('22T08:10'), listed())).toEqual([]);
  });

  test('goes when the hour is listed in time, and leaves its neighbours', () => {
    const gaps = [{ from: at('20T00:00'), to: at('20T03:00'), why: 'x' }];
    const upToNow: [Hour][] = [];
    for (let start = at('20T03:00'); start < now; start += hourMs) upToNow.push([hourOf(start)]);
    expect(gapsAt(at('20T00:00'), listed(['2026-11-20T01'], ...upToNow), { gaps })).toEqual([
      { from: at('20T00:00'), to: at('20T01:00'), why: 'x' },
      { from: at('20T02:00'), to: at('20T03:00'), why: 'x' },
    ]);
  });

  test('of an hour out of reach is for good, and only what was never listed', () => {
    // At 10:30 the oldest hour within reach is 12:00 of the 15th.
    const inReach: [Hour][] = [];
    for (let start = startOfHour('2026-11-15T12'); start < now; start += hourMs) inReach.push([hourOf(start)]);
    const rows = listed(['2026-11-15T09', at('15T09:20')], ['2026-11-15T10'], ...inReach);
    const gaps = gapsAt(at('15T09:20'), rows);
    expect(gaps).toEqual([
      { from: at('15T09:20'), to: at('15T10:00'), why },
      { from: at('15T11:00'), to: at('15T12:00'), why },
    ]);
    expect(gapsAt(now, rows, { gaps })).toEqual(gaps);
  });

  test('keeps the why that it came with', () => {
    const gaps = [{ from: at('22T05:00'), to: at('22T07:00'), why: 'the tenant was consent-withdrawn' }];
    expect(gapsAt(at('22T05:00'), listed(), { gaps })).toEqual([
      ...gaps,
      { from: at('22T07:00'), to: at('22T08:00'), why },
    ]);
  });

  test('behind the position is never lost sight of, even where a longer one was cut by it', () => {
    const gaps = [{ from: at('15T00:00'), to: at('22T08:00'), why }];
    const upToNow: [Hour][] = [];
    for (let start = at('16T00:00'); start < now; start += hourMs) upToNow.push([hourOf(start)]);
    expect(gapsAt(at('16T00:00'), listed(...upToNow), { gaps })).toEqual([
      { from: at('15T00:00'), to: at('16T00:00'), why },
    ]);
  });

  test('is not made of what lies before consent, unless it went out of reach', () => {
    expect(gapsAt(at('15T12:00'), listed(), { since: at('22T09:00') })).toEqual([]);
    expect(gapsAt(at('15T10:00'), listed(), { since: at('22T09:00') })).toEqual([
      { from: at('15T10:00'), to: at('15T12:00'), why },
    ]);
  });

  test('cannot be told of a feed that was never listed', () => {
    expect(gapsAt(undefined, listed())).toEqual([]);
  });

  test('too many of them become one that says so, the oldest first, again and again', () => {
    const short = (n: number): Gap => ({ from: n * 10, to: n * 10 + 5, why: `${n}` });
    const gaps = Array.from({ length: 150 }, (_none, n) => short(n));
    const first = gapsAt(now, listed(), { gaps });
    expect(first).toHaveLength(100);
    const why = 'many short gaps, too many to be kept apart: some of the time between them was listed';
    expect(first.slice(0, 2)).toEqual([{ from: 0, to: 505, why }, short(51)]);
    const second = gapsAt(now, listed(), { gaps: [...first, short(150)] });
    expect(second).toHaveLength(100);
    expect(second.slice(0, 2)).toEqual([{ from: 0, to: 515, why }, short(52)]);
    expect(gapsAt(now, listed(), { gaps: second })).toEqual(second);
  });
});

test('a hundred gaps with the longest reasons fit into a column of 32,768 characters', () => {
  const feed = { state: 'permission-missing', openContents: 2000, detail: 'x'.repeat(1000) } as const;
  const why = whyNotListed('consent-withdrawn', feed);
  expect(JSON.stringify(Array(100).fill({ from: now, to: now, why })).length).toBeLessThan(32_000);
});
