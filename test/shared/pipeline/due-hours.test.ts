import { describe, expect, test } from 'vitest';

import { endOfHour, type Hour, hourMs, hoursWithinReach } from '../../../shared/activity-api/hours.ts';
import { dueHours, isUrgent, nextSweepAt } from '../../../shared/pipeline/due-hours.ts';
import type { ListedHour } from '../../../shared/state/hours.ts';

const now = Date.parse('2026-11-22T10:30:00Z');

/** Rows of all hours within reach, listed to their end `ago` milliseconds before now. */
function rowsListed(ago: number, changes: Partial<Record<Hour, Partial<ListedHour>>> = {}): Map<Hour, ListedHour> {
  return new Map(
    hoursWithinReach(now).map((hour) => [
      hour,
      {
        hour,
        listedAt: now - ago,
        listedTo: Math.min(endOfHour(hour), now),
        hash: 'hash',
        open: false,
        sums: undefined,
        ...changes[hour],
      },
    ]),
  );
}

const recent = ['2026-11-22T10', '2026-11-22T09'];

describe('the hours to list', () => {
  test('are this one and the last in every cycle', () => {
    for (const cycle of [1, 2, 3, 4, 6]) expect(dueHours(now, cycle, undefined)).toEqual(recent);
  });

  test('are the three before them as well in every fifth cycle', () => {
    expect(dueHours(now, 10, undefined)).toEqual([...recent, '2026-11-22T08', '2026-11-22T07', '2026-11-22T06']);
  });

  test('are for a new tenant all of 167 hours, the older ones oldest first', () => {
    const hours = dueHours(now, 1, new Map());
    expect(hours).toHaveLength(167);
    expect(hours.slice(0, 4)).toEqual([...recent, '2026-11-15T12', '2026-11-15T13']);
    expect(hours.at(-1)).toBe('2026-11-22T08');
  });

  test('begin with the hour that the sweep is to begin at, and go round', () => {
    const hours = dueHours(now, 1, new Map(), '2026-11-20T05');
    expect(hours.slice(0, 3)).toEqual([...recent, '2026-11-20T05']);
    expect(hours.at(-1)).toBe('2026-11-20T04');
    expect(new Set(hours)).toEqual(new Set(dueHours(now, 1, new Map())));
    expect(hours).toHaveLength(167);
  });

  test('are none twice', () => {
    const hours = dueHours(now, 5, new Map());
    expect(new Set(hours).size).toBe(hours.length);
  });

  test('leave out what was listed since it ended and within a day', () => {
    expect(dueHours(now, 1, rowsListed(23 * hourMs, {}))).toEqual(recent);
  });

  test('hold each hour once a day', () => {
    expect(dueHours(now, 1, rowsListed(24 * hourMs + 1))).toHaveLength(167);
  });

  test('hold what was not listed to its end, was never listed, or whose listing was not carried through', () => {
    const rows = rowsListed(hourMs, {
      '2026-11-20T03': { listedTo: endOfHour('2026-11-20T03') - 1 },
      '2026-11-18T11': { listedAt: undefined, listedTo: undefined },
      '2026-11-19T00': { hash: undefined },
    });
    rows.delete('2026-11-21T21');
    expect(dueHours(now, 1, rows).slice(2)).toEqual([
      '2026-11-18T11',
      '2026-11-19T00',
      '2026-11-20T03',
      '2026-11-21T21',
    ]);
  });
});

test('an hour is urgent when it ended more than 144 h ago', () => {
  expect(isUrgent('2026-11-16T09', now)).toBe(true);
  expect(isUrgent('2026-11-16T10', now)).toBe(false);
});

describe('the next sweep', () => {
  test('is when the current hour has ended, if nothing is due before', () => {
    expect(nextSweepAt(now, rowsListed(hourMs))).toBe(Date.parse('2026-11-22T11:00:00Z'));
  });

  test('is a day after the listing that is oldest', () => {
    const rows = rowsListed(hourMs, { '2026-11-18T11': { listedAt: now - 23.8 * hourMs } });
    expect(nextSweepAt(now, rows)).toBe(now + 0.2 * hourMs);
  });

  test('is now if an hour was never listed', () => {
    const rows = rowsListed(hourMs);
    rows.delete('2026-11-18T11');
    expect(nextSweepAt(now, rows)).toBe(now);
  });
});
