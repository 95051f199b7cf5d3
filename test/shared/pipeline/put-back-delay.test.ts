import { describe, expect, test } from 'vitest';

import { putBackDelayMs } from '../../../shared/pipeline/put-back-delay.ts';

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

const drawing = (fraction: number) => ({ fraction: () => fraction, token: () => '' });

const delays = (fraction: number, change: { leftMs?: number; retryAfterMs?: number } = {}): number[] =>
  [1, 2, 3, 4, 8, 1000].map((attempt) => putBackDelayMs(drawing(fraction), { attempt, leftMs: 7 * day, ...change }));

describe('a content that is put back', () => {
  test('waits up to 10 s, doubling to 15 min', () => {
    expect(delays(1).map((delay) => delay / second)).toEqual([10, 20, 40, 80, 900, 900]);
  });

  test('waits with full jitter, but never under 10 s', () => {
    expect(delays(0.5).map((delay) => delay / second)).toEqual([10, 10, 20, 40, 450, 450]);
    expect(delays(0)).toEqual(Array<number>(6).fill(10 * second));
  });

  test('waits for Retry-After if that is longer', () => {
    expect(delays(0.5, { retryAfterMs: 2 * minute })).toEqual([
      ...Array<number>(4).fill(2 * minute),
      7.5 * minute,
      7.5 * minute,
    ]);
    expect(putBackDelayMs(drawing(0), { attempt: 1, leftMs: 7 * day, retryAfterMs: 5 * 60 * minute })).toBe(
      300 * minute,
    );
  });

  test('waits no longer than a quarter of what is left until it expires, never under 10 s', () => {
    expect(delays(1, { leftMs: 20 * minute, retryAfterMs: 60 * minute })).toEqual(Array<number>(6).fill(5 * minute));
    expect(delays(1, { leftMs: 8 * second })).toEqual(Array<number>(6).fill(10 * second));
    expect(delays(1, { leftMs: -day })).toEqual(Array<number>(6).fill(10 * second));
  });
});
