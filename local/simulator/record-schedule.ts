import type { FeedRecords } from './record-file.ts';
import { between, seeded } from './seeded.ts';

const hour = 3_600_000;

/** A content to be: some records of a feed, and when it was created (milliseconds since the epoch). */
export interface PlannedContent {
  readonly records: readonly Buffer[];
  readonly created: number;
}

/**
 * Splits the records of a feed into contents of 1 to 200 records, spread over the last 2 to 36 hours, in file order. Of a
 * tenant that had records before, they come in the last half hour: its collector has listed the older hours already.
 * @param now milliseconds since the epoch
 */
export function planContents(seed: number, feed: FeedRecords, now: number, isKnown: boolean): PlannedContent[] {
  const chance = seeded(seed, feed.tenantId, feed.contentType);
  const parts: Buffer[][] = [];
  for (let from = 0; from < feed.records.length;) {
    const size = between(chance, 1, 200);
    parts.push(feed.records.slice(from, from + size));
    from += size;
  }
  const span = isKnown ? hour / 2 : between(chance, 2 * hour, 36 * hour);
  const step = span / parts.length;
  return parts.map((records, index) => ({
    records,
    created: Math.floor(now - span + step * index + chance() * step * 0.9),
  }));
}

/** The body of a content: its records as they came, between brackets and commas. */
export function joinRecords(records: readonly Buffer[]): Buffer {
  const comma = Buffer.from(',');
  const parts = records.flatMap((record, index) => (index === 0 ? [record] : [comma, record]));
  return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')]);
}
