import { expect, it } from 'vitest';

import { counted, lengthInWords, moment } from '../../../shared/console/times.ts';

it('writes a moment for people and for programs', async () => {
  expect(String(await moment(Date.parse('2026-11-02T09:05:07.123Z')))).toBe(
    '<time datetime="2026-11-02T09:05:07.123Z">2 Nov 2026, 09:05 UTC</time>',
  );
});

it.each([
  [0, 'less than a minute'],
  [59, 'less than a minute'],
  [60, '1 minute'],
  [3599, '59 minutes'],
  [7199, '1 hour'],
  [86_399, '23 hours'],
  [86_400 * 1200, '1,200 days'],
])('says %i seconds as %s', (seconds, words) => {
  expect(lengthInWords(seconds)).toBe(words);
});

it.each([
  [0, '0 contents'],
  [1, '1 content'],
  [12_345, '12,345 contents'],
])('counts %i', (count, words) => {
  expect(counted(count, 'content')).toBe(words);
});
