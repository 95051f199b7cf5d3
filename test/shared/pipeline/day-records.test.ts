import { describe, expect, it } from 'vitest';

import { type Hour, startOfHour } from '../../../shared/activity-api/hours.ts';
import { dayRecords, recordsToday } from '../../../shared/pipeline/day-records.ts';
import { noSums } from '../../../shared/pipeline/hour-sums.ts';
import type { ListedHour } from '../../../shared/state/hours.ts';

const now = startOfHour('2026-11-22T10') + 60_000;

const closed = (hour: Hour, delivered: number): [Hour, ListedHour] => [
  hour,
  {
    hour,
    listedAt: now,
    listedTo: now,
    hash: 'h',
    open: false,
    sums: { ...noSums, records: { delivered, duplicates: 7, parked: 3 } },
  },
];

const open = (hour: Hour): [Hour, ListedHour] => [
  hour,
  { hour, listedAt: now, listedTo: now, hash: 'h', open: true, sums: undefined },
];

const dayOf = (...rows: [Hour, ListedHour][]) => dayRecords(now, undefined, new Map(rows));

describe('the records of a day', () => {
  it('are those delivered in its closed hours, and of no other day', () => {
    const day = dayOf(closed('2026-11-21T23', 100), closed('2026-11-22T00', 5), closed('2026-11-22T09', 8));
    expect(day?.day).toBe('2026-11-22');
    expect(day?.byHour).toHaveLength(24);
    expect(recordsToday(now, day)).toBe(13);
  });

  it('keep what is known of an hour that is open again, or was not read', () => {
    const before = dayOf(closed('2026-11-22T08', 5), closed('2026-11-22T09', 8));
    const after = dayRecords(now, before, new Map([open('2026-11-22T09')]));
    expect(recordsToday(now, after)).toBe(13);
  });

  it('take the new sum of an hour that was closed again, whatever it was', () => {
    const before = dayOf(closed('2026-11-22T08', 5), closed('2026-11-22T09', 8));
    const after = dayRecords(now, before, new Map([closed('2026-11-22T09', 2)]));
    expect(recordsToday(now, after)).toBe(7);
  });

  it('begin anew at midnight, and count nothing before the lister has looked', () => {
    const before = dayOf(closed('2026-11-22T09', 8));
    const tomorrow = now + 24 * 3_600_000;
    expect(recordsToday(tomorrow, before)).toBe(0);
    expect(dayRecords(tomorrow, before, new Map())).toBeUndefined();
    expect(recordsToday(tomorrow, dayRecords(tomorrow, before, new Map([closed('2026-11-23T00', 4)])))).toBe(4);
  });

  it('cost nothing while there are none', () => {
    expect(dayOf(closed('2026-11-22T09', 0), open('2026-11-22T10'))).toBeUndefined();
    expect(recordsToday(now, undefined)).toBe(0);
  });
});
