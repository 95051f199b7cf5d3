import { expect, test } from 'vitest';

import { timerPeriod } from '../../shared/timer-period.ts';

test.each([
  ['is the time between two runs', { last: '2026-11-22T10:00:00+00:00', next: '2026-11-22T10:02:00+00:00' }, 120_000],
  [
    'is never so short that a cycle comes to nothing',
    { last: '2026-11-22T10:00:00Z', next: '2026-11-22T10:00:01Z' },
    5_000,
  ],
  ['is that even if the clock went back', { last: '2026-11-22T10:00:00Z', next: '2026-11-22T09:00:00Z' }, 5_000],
])('%s', (_name, scheduleStatus, period) => {
  expect(timerPeriod({ scheduleStatus, isPastDue: false })).toBe(period);
});

test('before the first run is as good as endless', () => {
  const scheduleStatus = { last: '0001-01-01T00:00:00+00:00', next: '2026-11-22T10:02:00+00:00' };
  expect(timerPeriod({ scheduleStatus })).toBeGreaterThan(1e12);
});

test.each([[undefined], [{}], [{ scheduleStatus: null }], [{ scheduleStatus: { last: '', next: 'soon' } }]])(
  'is unknown to a platform that says %j',
  (timer) => {
    expect(timerPeriod(timer)).toBeUndefined();
  },
);
