import type { ContentType } from './content-types.ts';
import { between, pick, seeded } from './seeded.ts';

const clusters = ['emea0036', 'emea0042', 'na0014', 'na0030', 'apac0011'];

const stamp = (time: number, fraction: number): string =>
  new Date(time).toISOString().replaceAll(/\D/g, '') + String(fraction % 1_000_000).padStart(6, '0');

/**
 * An id as the service makes them: `{from}${to}${type in lower case}${Type}${cluster}`, the times with 23 digits.
 * @param ordinal makes ids of the same millisecond differ
 */
export function contentIdFor(tenantId: string, contentType: ContentType, created: number, ordinal: number): string {
  const chance = seeded(tenantId, contentType, created, ordinal);
  const from = stamp(created - between(chance, 1000, 120_000), between(chance, 0, 999_999));
  const name = contentType.replace('.', '_');
  return [from, stamp(created, ordinal), name.toLowerCase(), name, pick(chance, clusters)].join('$');
}

/** True for text that could be an id of the service; anything else is refused as invalid, not as unknown. */
export const looksLikeContentId = (text: string): boolean => /^\d{23}\$\d{23}\$[a-z]+_[a-z]+\$/i.test(text);

/** When the span of such an id begins, milliseconds since the epoch; `undefined` for another one. */
export function spanStart(id: string): number | undefined {
  const [, year, month, day, hours, minutes, seconds, milliseconds] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})\d{6}\$\d{23}\$/.exec(id) ?? [];
  if (year === undefined) return undefined;
  return Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${milliseconds}Z`);
}

/** The same id with another begin or end of its span, milliseconds since the epoch; `undefined`: as it is. */
export function withSpan(id: string, from: number | undefined, to: number | undefined): string {
  const [start = '', end = '', ...rest] = id.split('$');
  return [from === undefined ? start : stamp(from, 0), to === undefined ? end : stamp(to, 0), ...rest].join('$');
}
