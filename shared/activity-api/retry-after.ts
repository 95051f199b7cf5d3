const secondMs = 1000;
/** Waits outside these bounds are somebody's mistake: none makes a tight loop, a long one stops a feed for days. */
const shortestMs = secondMs;
const longestMs = 3_600_000;

const inText = /again (?:after|in) (?:(\d{1,3})h)?\s*(?:(\d{1,4})m)?\s*(?:(\d{1,5})s)?/i;

/**
 * How long an answer asks us to wait: from `Retry-After` (seconds or a date), else from the text of the start throttle
 * ("Please retry again after 8m 46s."), which has no header.
 *
 * @param sentAt what the waiting is counted from if the header is a date, milliseconds since the epoch
 * @returns milliseconds between 1 s and 1 h, `undefined` if the answer does not say
 */
export function retryAfterMs(header: string | undefined, text: string | undefined, sentAt: number): number | undefined {
  const wait = fromHeader(header?.trim(), sentAt) ?? fromText(text);
  return wait === undefined ? undefined : Math.min(Math.max(wait, shortestMs), longestMs);
}

function fromHeader(header: string | undefined, sentAt: number): number | undefined {
  if (header === undefined || header === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header) * secondMs;
  // Date.parse takes "-5" for a year: only what begins with the name of a day is a date here.
  const date = /^[a-z]{3}/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : date - sentAt;
}

function fromText(text: string | undefined): number | undefined {
  const [, hours, minutes, seconds] = inText.exec(text ?? '') ?? [];
  if (hours === undefined && minutes === undefined && seconds === undefined) return undefined;
  return (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * secondMs;
}
