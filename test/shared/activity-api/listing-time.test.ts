import { expect, it } from 'vitest';
import { formatListingTime, parseListingTime } from '../../../shared/activity-api/listing-time.ts';

it('writes UTC without a zone, in seconds', () => {
  expect(formatListingTime(Date.UTC(2026, 10, 1, 9, 5, 7, 999))).toBe('2026-11-01T09:05:07');
});

it.each([
  ['2026-11-01T09:31:55.987Z', Date.UTC(2026, 10, 1, 9, 31, 55, 987)],
  ['2026-11-01T09:31:55', Date.UTC(2026, 10, 1, 9, 31, 55)],
  ['2026-11-01T09:31:55.9876543Z', Date.UTC(2026, 10, 1, 9, 31, 55, 987)],
  ['2026-11-01T09:31:55.9', Date.UTC(2026, 10, 1, 9, 31, 55, 900)],
  ['2026-11-01T11:31:55+02:00', Date.UTC(2026, 10, 1, 9, 31, 55)],
  ['2026-11-01', undefined],
  ['2026-13-01T00:00:00Z', undefined],
  ['yesterday', undefined],
  ['', undefined],
])('reads %s', (text, expected) => {
  expect(parseListingTime(text)).toBe(expected);
});
