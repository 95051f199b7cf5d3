import { expect, test } from 'vitest';

import { contentMark, hourOfCreation, idWords, writeId } from '../../../shared/repeats/record-key.ts';

test.each([
  ['2026-11-22T10:59:59', '2026-11-22T10'],
  ['2026-11-22T10:59:59.1234567', '2026-11-22T10'],
  ['2026-11-22T10:59:59Z', '2026-11-22T10'],
  ['2026-11-22T10:59:59.9Z', '2026-11-22T10'],
])('the hour of %s is %s', (creationTime, hour) => {
  expect(hourOfCreation(creationTime)).toBe(hour);
});

test.each([
  ['another zone', '2026-11-22T10:00:00+02:00'],
  ['a day without a time', '2026-11-22'],
  ['a month that is none', '2026-13-22T10:00:00'],
  ['a day that is none', '2026-02-32T10:00:00'],
  ['an hour that is none', '2026-11-22T24:00:00'],
  ['text around it', ' 2026-11-22T10:00:00'],
  ['a line break after it', '2026-11-22T10:00:00\n'],
  ['what another culture writes', '11/22/2026 10:00:00'],
  ['nothing', ''],
])('%s has no hour', (_what, creationTime) => {
  expect(hourOfCreation(creationTime)).toBeUndefined();
});

const wordsOf = (id: string): string => {
  const words = new Uint32Array(idWords);
  writeId(id, words);
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
};

test('a GUID is its own bytes, in either case, and every other Id its hash', () => {
  const id = 'f12c6c27-8688-4074-edbf-08d91a41cb3b';
  expect(wordsOf(id)).toBe(id.replaceAll('-', ''));
  expect(wordsOf(id.toUpperCase())).toBe(wordsOf(id));
  expect(wordsOf('ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe('f'.repeat(32));
  // SHA-256 of the two bytes 61 00.
  expect(wordsOf('a')).toBe('ffe9aaeaa2a2d5048174df0b80599ef0');
});

test('Ids that only look alike have keys and words of their own', () => {
  const ids = [
    '',
    'a',
    'A',
    'f12c6c27-8688-4074-edbf-08d91a41cb3b',
    'f12c6c27-8688-4074-edbf-08d91a41cb3c',
    'f12c6c27-8688-4074-edbf-08d91a41cb3',
    'f12c6c27-8688-4074-edbf-08d91a41cb3g',
    'f12c6c27-8688-4074-edbf-08d91a41cb3é',
    'f12c6c27+8688-4074-edbf-08d91a41cb3b',
    'f12c6c2788688-4074-edbf-08d91a41cb3b',
    '{12c6c27-8688-4074-edbf-08d91a41cb3b',
    'x\ud800',
    'x\ud801',
    'x'.repeat(1_000),
    'x'.repeat(1_001),
  ];
  expect(new Set(ids.map(wordsOf)).size).toBe(ids.length);
  expect(new Set(ids.map((id) => writeId(id, new Uint32Array(idWords)))).size).toBe(ids.length);
});

test('contents have marks of their own, none of them zero', () => {
  const marks = new Set(Array.from({ length: 1_000 }, (_, i) => contentMark(`content-${i}`)));
  expect(marks.size).toBe(1_000);
  expect(marks.has(0)).toBe(false);
});
