/** A moment as listings take it: UTC without a zone, whole seconds, e.g. `2026-11-22T10:00:00`. */
export const formatListingTime = (time: number): string => new Date(time).toISOString().slice(0, 19);

const pattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/i;

/**
 * Reads a time of the API. One without a zone is UTC, which `Date.parse` would take for local time.
 * @returns milliseconds since the epoch, `undefined` if it is no time
 */
export function parseListingTime(text: string): number | undefined {
  const [, seconds, fraction = '', zone = 'Z'] = pattern.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  const time = Date.parse(`${seconds}${fraction.slice(0, 4)}${zone.toUpperCase()}`);
  return Number.isNaN(time) ? undefined : time;
}
