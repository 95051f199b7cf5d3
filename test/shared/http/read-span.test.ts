import { expect, test } from 'vitest';

import { readSpan } from '../../../shared/http/read-span.ts';

test('without "from" it is the last seven days before "to", or before now where "to" is yet to come', () => {
  const now = Date.parse('2026-11-23T04:00:00Z');
  const fromOf = (query: string): string =>
    new Date(readSpan({ query: new URLSearchParams(query) }, now).from).toISOString();
  expect(fromOf('')).toBe('2026-11-16T04:00:00.000Z');
  expect(fromOf('to=2026-11-20')).toBe('2026-11-13T00:00:00.000Z');
  expect(fromOf('to=2026-12-31')).toBe('2026-11-16T04:00:00.000Z');
});
