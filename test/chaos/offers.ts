import { between, type Chance, seeded } from '../../local/simulator/seeded.ts';
import type { ContentType } from '../../local/simulator/content-types.ts';
import type { Offer } from '../../local/simulator/offering.ts';
import { madeUpRecord } from '../end-to-end/made-up-records.ts';
import type { PlannedContent } from './plan.ts';

/** A content as it was offered. */
export interface OfferedContent {
  readonly tenantId: string;
  readonly contentType: ContentType;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly records: readonly OfferedRecord[];
}

export interface OfferedRecord {
  readonly id: string;
  readonly text: string;
}

/** Of the records of a feed, so many come again in a later content (4 % in a sample of the real service). */
const repeatShare = 0.04;
/** ... out of so many before them. */
const repeatsOf = 100;

/** Made-up records are numbered by the seconds from here, so that they seem to be of today. */
const firstRecord = Date.UTC(2026, 10, 1);

/** Offers planned contents, and remembers what was in them. */
export interface Offers {
  offer(planned: PlannedContent): void;
  readonly contents: readonly OfferedContent[];
}

export function createOffers(seed: number, now: () => number, offer: Offer): Offers {
  const chance: Chance = seeded('chaos', seed, 'records');
  const recent = new Map<string, OfferedRecord[]>();
  const contents: OfferedContent[] = [];
  let number = Math.floor((now() - firstRecord) / 1000) - 7200;

  return {
    contents,
    offer({ tenantId, contentType, records: count, age }) {
      const feed = `${tenantId}/${contentType}`;
      const before = recent.get(feed) ?? [];
      const records = Array.from({ length: count }, (): OfferedRecord => {
        const repeated = chance() < repeatShare ? before[between(chance, 0, before.length - 1)] : undefined;
        if (repeated !== undefined) return repeated;
        const text = madeUpRecord(tenantId, contentType, number++);
        return { id: /"Id":"([^"]*)"/.exec(text)?.[1] ?? '', text };
      });
      recent.set(feed, [...before, ...records].slice(-repeatsOf));
      const texts = records.map(({ text }) => text);
      const { id, created } = offer(tenantId, contentType, { records: texts }, { created: now() - age });
      contents.push({ tenantId, contentType, id, created, records });
    },
  };
}
