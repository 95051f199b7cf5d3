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
