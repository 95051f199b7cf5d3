import type { BodySource, Content } from '../body.ts';
import type { ContentType } from '../content-types.ts';
import { createPretty } from '../pretty-chunks.ts';
import { between, seeded } from '../seeded.ts';
import { demoRecord } from './demo-record.ts';
import { demoTenants } from './demo-tenants.ts';

const repeats = 0.045;
const pretty = 0.05;

interface DemoFeed {
  readonly seed: number;
  readonly tenantId: string;
  readonly contentType: ContentType;
}

/** How many records the n-th content of a feed of the demo holds. */
export function demoCount({ seed, tenantId, contentType }: DemoFeed, index: number): number {
  const chance = seeded(seed, tenantId, contentType, index, 'count');
  if (contentType === 'DLP.All') return between(chance, 1, 3);
  return between(chance, 1, chance() < 0.05 ? 200 : 24);
}

const isRepeat = ({ seed, tenantId, contentType }: DemoFeed, index: number, ordinal: number): boolean =>
  seeded(seed, tenantId, contentType, index, ordinal, 'repeat')() < repeats;

/**
 * The body of a content of the demo, the same each time it is asked for. About 4 % of its records repeat one of the same
 * content or of the one before it.
 */
export function demoBody(
  { tenantId, contentType, created }: Pick<Content, 'tenantId' | 'contentType' | 'created'>,
  { seed, index, before }: Extract<BodySource, { kind: 'demo' }>,
): Buffer {
  const feed = { seed, tenantId, contentType };
  const domain = demoTenants.find((tenant) => tenant.tenantId === tenantId)?.domain ?? 'demo.example';
  const chance = seeded(seed, tenantId, contentType, index, 'body');
  const records: string[] = [];
  for (let ordinal = 0; ordinal < demoCount(feed, index); ordinal++) {
    let place = { ...feed, domain, index, ordinal, created };
    let repeated = false;
    if (isRepeat(feed, index, ordinal)) {
      const earlier = before !== null && chance() < 0.5;
      const from = earlier ? index - 1 : index;
      const which = between(chance, 0, earlier ? demoCount(feed, from) - 1 : ordinal - 1);
      if (which >= 0 && !isRepeat(feed, from, which)) {
        repeated = true;
        place = { ...place, index: from, ordinal: which, created: earlier ? before : created };
      }
    }
    records.push(demoRecord(place, repeated && chance() < 0.3));
  }
  const body = Buffer.from(`[${records.join(',')}]`);
  return chance() < pretty ? createPretty()(body) : body;
}
