import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';

import { hourMs, isHour, startOfHour } from '../activity-api/hours.ts';
import { ApiError } from './api-error.ts';

const defaultMs = 7 * 24 * hourMs;

const time = z.iso.datetime({ offset: true });
const day = z.iso.date();

/**
 * The span that `from` and `to` of a query name, milliseconds since the epoch; without them the last seven days.
 * @throws ApiError 400
 */
export function readSpan({ query }: Pick<HttpRequest, 'query'>, now: number): { from: number; to: number } {
  const to = readTime(query.get('to'), 'to') ?? now;
  const from = readTime(query.get('from'), 'from') ?? Math.min(to, now) - defaultMs;
  if (from < to) return { from, to };
  throw new ApiError(400, 'invalid_span', '"from" is not before "to": swap them, or leave one out.');
}

/** An hour, a day (its start) or a time with its zone: another text could mean any of a dozen moments. */
function readTime(text: string | null, name: string): number | undefined {
  if (text === null) return undefined;
  if (isHour(text)) return startOfHour(text);
  // A plus sign that was not escaped arrives as a blank.
  const unescaped = text.replace(' ', '+');
  if (day.safeParse(text).success || time.safeParse(unescaped).success) return Date.parse(unescaped);
  throw new ApiError(400, `invalid_${name}`, `"${name}" is not a time: write it like 2026-11-22T10:00:00Z.`);
}
