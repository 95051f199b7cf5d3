import type { Contents } from '../contents.ts';
import { contentTypes } from '../content-types.ts';
import type { ContentType } from '../content-types.ts';
import type { Offering } from '../offering.ts';
import { between, pick, seeded } from '../seeded.ts';
import { demoCount } from './demo-body.ts';
import { demoTenants } from './demo-tenants.ts';

const hour = 3_600_000;

/** Contents of the backlog of one tenant. */
const backlog: Readonly<Record<ContentType, number>> = {
  'Audit.AzureActiveDirectory': 14,
  'Audit.Exchange': 20,
  'Audit.SharePoint': 16,
  'Audit.General': 10,
  'DLP.All': 4,
};

const feeds = demoTenants.flatMap(({ tenantId }) => contentTypes.map((contentType) => ({ tenantId, contentType })));
type Feed = (typeof feeds)[number];

export interface Demo {
  /** Whether nothing more is to come. */
  isDone(): boolean;
  stop(): void;
}

/**
 * Lets the records of the made-up customers arrive: a backlog over the last hours at once, then a content every
 * `interval` milliseconds. What was offered before a restart is not offered again.
 */
export function startDemo(parts: {
  readonly seed: number;
  /** When the demo began, milliseconds since the epoch. */
  readonly started: number;
  readonly mode: 'stream' | 'finite';
  readonly interval: number;
  /** How many contents follow the backlog in the finite mode. */
  readonly contentsToCome: number;
  readonly contents: Contents;
  readonly offering: Offering;
}): Demo {
  const { seed, started, mode, interval, contentsToCome, contents, offering } = parts;
  const keyOf = ({ tenantId, contentType }: Feed) => `${tenantId}/${contentType}`;
  const offered = new Map<string, { count: number; last: number | null }>();
  for (const feed of feeds) {
    const known = { count: 0, last: null as number | null };
    for (let place = 0; ; place++) {
      const content = contents.nth(feed.tenantId, feed.contentType, place);
      if (content === undefined) break;
      if (content.source.kind !== 'demo') continue;
      known.count++;
      known.last = content.created;
    }
    offered.set(keyOf(feed), known);
  }

  function bring(feed: Feed, created?: number): void {
    const known = offered.get(keyOf(feed)) ?? { count: 0, last: null };
    const { count: index, last: before } = known;
    const records = demoCount({ seed, ...feed }, index);
    const fill = () => ({ records, source: { kind: 'demo', seed, index, before } as const });
    const content = offering.add(feed.tenantId, feed.contentType, fill, { created });
    offered.set(keyOf(feed), { count: index + 1, last: content.created });
  }

  for (const feed of feeds) {
    const planned = backlog[feed.contentType];
    const chance = seeded(seed, feed.tenantId, feed.contentType, 'span');
    const span = between(chance, 2 * hour, 36 * hour);
    for (let index = offered.get(keyOf(feed))?.count ?? 0; index < planned; index++) {
      bring(feed, Math.floor(started - span + ((index + 0.5) * span) / planned));
    }
  }

  const planned = demoTenants.length * Object.values(backlog).reduce((sum, count) => sum + count, 0);
  let streamed = [...offered.values()].reduce((sum, { count }) => sum + count, 0) - planned;
  const isDone = () => mode === 'finite' && streamed >= contentsToCome;
  const timer = setInterval(() => {
    if (isDone()) {
      clearInterval(timer);
      return;
    }
    bring(pick(seeded(seed, 'stream', streamed), feeds));
    streamed++;
  }, interval);
  return {
    isDone,
    stop() {
      clearInterval(timer);
    },
  };
}
