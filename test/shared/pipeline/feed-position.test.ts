import { describe, expect, test } from 'vitest';

import { endOfHour, type Hour, hoursWithinReach, startOfHour } from '../../../shared/activity-api/hours.ts';
import { feedPosition } from '../../../shared/pipeline/feed-position.ts';
import type { ListedHour } from '../../../shared/state/hours.ts';

const now = Date.parse('2026-11-22T10:30:00Z');

function rows(listedTo: (hour: Hour) => number | undefined): Map<Hour, ListedHour> {
  return new Map(
    hoursWithinReach(now).map((hour) => [
      hour,
      { hour, listedAt: now, listedTo: listedTo(hour), hash: 'hash', open: false, sums: undefined },
    ]),
  );
}

const toTheEnd = (hour: Hour): number => Math.min(endOfHour(hour), now);

describe('the position', () => {
  test('is where the current hour was listed to, when every hour is', () => {
    expect(feedPosition(now, undefined, rows(toTheEnd))).toBe(now);
    expect(feedPosition(now, startOfHour('2026-11-22T09'), rows(toTheEnd))).toBe(now);
  });

  test('stays at the first hole, however much is listed behind it', () => {
    const withHole = rows((hour) => (hour === '2026-11-20T05' ? undefined : toTheEnd(hour)));
    expect(feedPosition(now, undefined, withHole)).toBe(startOfHour('2026-11-20T05'));
    const halfHour = startOfHour('2026-11-20T05') + 1_800_000;
    const half = rows((hour) => (hour === '2026-11-20T05' ? halfHour : toTheEnd(hour)));
    expect(feedPosition(now, startOfHour('2026-11-19T00'), half)).toBe(halfHour);
  });

  test('of a feed never listed is the oldest hour within reach', () => {
    expect(feedPosition(now, undefined, new Map())).toBe(startOfHour('2026-11-15T12'));
  });

  test('never goes back', () => {
    expect(
      feedPosition(
        now,
        now - 60_000,
        rows(() => undefined),
      ),
    ).toBe(now - 60_000);
  });

  test('that went out of reach moves up to what still is', () => {
    expect(feedPosition(now, startOfHour('2026-11-01T00'), rows(toTheEnd))).toBe(now);
    expect(feedPosition(now, startOfHour('2026-11-01T00'), new Map())).toBe(startOfHour('2026-11-15T12'));
  });
});
