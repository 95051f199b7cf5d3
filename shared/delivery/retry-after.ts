const seconds = /^\d{1,9}$/;

/**
 * Reads a `Retry-After` header, which is a number of seconds or a date (RFC 9110, 10.2.3).
 * @param now milliseconds since the epoch
 * @returns milliseconds to wait, never negative; `undefined` if there is no such header or it says nothing usable
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (seconds.test(text)) return Number(text) * 1000;
  // A date has letters. Without this check Date.parse would read "-5" or "1.5" as a day in some year.
  const date = /[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
