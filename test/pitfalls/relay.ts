import { expect, onTestFinished } from 'vitest';

import type { Content } from '../../local/simulator/body.ts';
import type { OfferOptions } from '../../local/simulator/offering.ts';
import type { Simulator } from '../../local/simulator/simulator.ts';
import { startSimulator } from '../../local/simulator/start-simulator.ts';
import type { SwitchInput, SwitchName } from '../../local/simulator/switch-table.ts';
import type { Scope } from '../../local/simulator/switches.ts';
import type { ContentType } from '../../shared/activity-api/content-types.ts';
import { createActivityApi } from '../../shared/activity-api/create-activity-api.ts';
import { hourOf } from '../../shared/activity-api/hours.ts';
import { createTokenSource } from '../../shared/entra/create-token-source.ts';
import { customCloud } from '../../shared/entra/custom-cloud.ts';
import { listCycle } from '../../shared/pipeline/list-cycle.ts';
import type { Pipeline } from '../../shared/pipeline/pipeline.ts';
import { receiveMessage } from '../../shared/pipeline/receive-message.ts';
import type { FeedId } from '../../shared/state/feed-key.ts';
import { newFeed } from '../../shared/state/feeds.ts';
import type { LedgerContent } from '../../shared/state/ledger-row.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import { describeFeeds, type FeedDescription } from '../../shared/tenants/describe-tenant.ts';
import { madeUpRecords } from '../end-to-end/made-up-records.ts';
import { createMemoryQueue } from '../support/memory-queue.ts';
import { activeTenant, createTestPipeline, type TestPipeline } from '../support/test-pipeline.ts';
import { createMovedClock, type MovedClock } from './moved-clock.ts';
import { simulatedCredential } from './simulated-credential.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const clientId = 'cccccccc-2222-4333-8444-555555555555';
export const publisherId = 'dddddddd-2222-4333-8444-555555555555';

const one = '1a1a1a1a-0001-4001-8001-000000000001';
const other = '2b2b2b2b-0002-4002-8002-000000000002';
/** The feed that a pitfall is set for; unless the test says so, the pitfall is its tenant's. */
export const troubled: FeedId = { tenantId: one, contentType: 'Audit.Exchange' };
/** Another feed of the same tenant. */
export const sibling: FeedId = { tenantId: one, contentType: 'DLP.All' };
/** The same feed of another tenant. */
export const neighbour: FeedId = { tenantId: other, contentType: 'Audit.Exchange' };

const cycleMs = 2 * minute;

/** The real client and the real pipeline, on tables in memory, before a simulator that misbehaves. */
export interface PitfallRelay {
  readonly simulator: Simulator;
  /** The simulator's, and the relay's unless it was started with a clock that is off. */
  readonly clock: MovedClock;
  readonly pipeline: Omit<Pipeline, 'destinations'> & Pick<TestPipeline, 'destinations'>;
  readonly events: TestPipeline['events'];
  /** Sets a switch for the troubled tenant, or for what is named. */
  readonly set: <Name extends SwitchName>(name: Name, value: SwitchInput<Name>, scope?: Scope) => void;
  /** Offers a content with records of its own, created 10 minutes ago unless said otherwise. */
  offer(feed: FeedId, options?: OfferOptions, records?: readonly string[]): Content;
  /** Records that no other content has. */
  records(feed: FeedId, count: number): string[];
  /** One listing cycle, then what is in the queue until the next is due. */
  cycle(): Promise<void>;
  cycles(count: number): Promise<void>;
  /** Cycles until everything that was offered is delivered, parked or lost. @throws Error that says what is not */
  settled(mostCycles?: number): Promise<void>;
  /** Where the feed stands. */
  standing(feed: FeedId): Promise<FeedDescription>;
  tenant(feed: FeedId): Promise<Tenant>;
  /** What became of one content. */
  fateOf(content: Content): Promise<LedgerContent>;
  /** Everything that arrived of a feed, as text. */
  received(feed: FeedId): string[];
  /** Every record that was offered of these feeds arrived once, byte for byte, and every content is delivered. */
  expectWhole(...feeds: readonly FeedId[]): Promise<void>;
  /** How often the simulator was asked. */
  asked(operation: string, feed?: FeedId): number;
}

/**
 * Two customers with consent, three feeds, two contents of two records in each.
 * @param options.skewMs how far the relay's clock is ahead of Microsoft's
 * @param options.isNew the feeds are new, so that all hours within reach are listed first
 */
export async function startRelay(
  options: { skewMs?: number; idleTimeoutMs?: number; isNew?: boolean } = {},
): Promise<PitfallRelay> {
  const { skewMs = 0, idleTimeoutMs = 10_000, isNew = false } = options;
  const clock = createMovedClock('2026-11-22T10:30:00Z');
  const simulator = await startSimulator({
    now: () => clock.now(),
    tenants: [
      { tenantId: one, name: 'Troubled', domain: 'troubled.example' },
      { tenantId: other, name: 'Neighbour', domain: 'neighbour.example' },
    ],
  });
  onTestFinished(() => simulator.close());
  for (const tenantId of [one, other]) simulator.consent(tenantId, clientId);

  const base = createTestPipeline();
  const ourClock = { now: () => clock.now() + skewMs, sleep: clock.sleep.bind(clock) };
  const clouds = {
    custom: customCloud({ authorityHost: simulator.authorityUrl, managementUrl: simulator.managementUrl }),
  };
  const credential = (_cloud: unknown, tenantId: string) =>
    simulatedCredential(simulator, tenantId, clientId, ourClock);
  const queue = createMemoryQueue(ourClock);
  const tokens = createTokenSource({ clouds, clientId, clock: ourClock, credential });
  const pipeline: PitfallRelay['pipeline'] = {
    ...base,
    clock: ourClock,
    queue,
    tokens,
    api: createActivityApi({
      clouds,
      clock: ourClock,
      publisherId,
      idleTimeoutMs,
      tokens,
      onDateSkew: ({ tenantId }, milliseconds) => {
        base.log.warn('clock-skew', { tenantId, seconds: Math.round(milliseconds / 1000) });
      },
    }),
  };
  for (const [tenantId, contentTypes] of [
    [one, [troubled.contentType, sibling.contentType]],
    [other, [neighbour.contentType]],
  ] as const) {
    await pipeline.tenants.insert(activeTenant({ tenantId, cloud: 'custom', contentTypes: [...contentTypes] }));
    // As if the older hours had been swept just now: some 500 requests less.
    const swept = { position: Date.parse('2026-11-22T09:00:00Z'), sweepDueAt: ourClock.now() + 24 * hour };
    for (const contentType of isNew ? [] : contentTypes) {
      await pipeline.feeds.insert({ ...newFeed({ tenantId, contentType }), ...swept });
    }
  }

  const offered = new Map<Content, readonly string[]>();
  const of = (feed: FeedId) => [...offered].filter(([{ tenantId, contentType }]) => isOf(feed, tenantId, contentType));
  let recordCount = 0;
  let messageCount = 0;

  const relay: PitfallRelay = {
    simulator,
    clock,
    pipeline,
    events: base.events,
    set(name, value, scope = { tenantId: one }) {
      simulator.switches.set(name, value, scope);
    },
    records(feed, count) {
      recordCount += count;
      return madeUpRecords(feed.tenantId, feed.contentType, recordCount, count);
    },
    offer(feed, more = {}, records = relay.records(feed, 2)) {
      const created = clock.now() - 10 * minute;
      const content = simulator.offer(feed.tenantId, feed.contentType, { records }, { created, ...more });
      offered.set(content, records);
      return content;
    },
    async cycle() {
      const next = clock.now() + cycleMs;
      await listCycle(pipeline);
      for (;;) {
        for (let message = queue.take(); message !== undefined; message = queue.take()) {
          const receipt = { messageId: `m${(messageCount += 1)}`, dequeueCount: 1 };
          await receiveMessage(pipeline, JSON.parse(message.text), receipt);
        }
        const soonest = Math.min(next, ...queue.messages.map(({ visibleAt }) => visibleAt - skewMs));
        clock.advance(Math.max(0, soonest - clock.now()));
        if (soonest >= next) return;
      }
    },
    async cycles(count) {
      for (let n = 0; n < count; n += 1) await relay.cycle();
    },
    async settled(mostCycles = 60) {
      for (let n = 0; n < mostCycles; n += 1) {
        await relay.cycle();
        if ((await unsettled()).length === 0) return;
      }
      throw new Error(`Not settled after ${mostCycles} cycles: ${JSON.stringify(await unsettled())}`);
    },
    async standing(feed) {
      const feeds = await describeFeeds(pipeline, await relay.tenant(feed));
      const found = feeds.find(({ contentType }) => contentType === feed.contentType);
      if (found === undefined) throw new Error(`There is no feed ${feed.contentType}.`);
      return found;
    },
    async tenant({ tenantId }) {
      const found = await pipeline.tenants.get(tenantId);
      if (found === undefined) throw new Error(`There is no tenant ${tenantId}.`);
      return found.value;
    },
    async fateOf(content) {
      const row = (await pipeline.ledger.contents(content, hourOf(content.created), [content.id])).get(content.id);
      if (row === undefined) throw new Error(`The ledger has no row of ${content.id}.`);
      return row.value;
    },
    received: (feed) =>
      pipeline.destinations
        .flatMap(({ deliveries }) => deliveries)
        .filter(({ tenantId, contentType }) => isOf(feed, tenantId, contentType))
        .flatMap(({ records }) => records.map(({ bytes }) => Buffer.from(bytes).toString())),
    async expectWhole(...feeds) {
      for (const feed of feeds) {
        const contents = of(feed);
        expect((await relay.standing(feed)).contents).toEqual(standingWith({ delivered: contents.length }));
        expect(relay.received(feed).toSorted()).toEqual(contents.flatMap(([, records]) => records).toSorted());
      }
    },
    asked: (operation, feed) =>
      simulator
        .requests()
        .filter((each) => each.operation === operation && (feed === undefined || each.tenantId === feed.tenantId))
        .reduce((sum, { count }) => sum + count, 0),
  };

  async function unsettled(): Promise<unknown[]> {
    const open: unknown[] = [];
    for (const feed of [troubled, sibling, neighbour]) {
      const { contents, lagReason, state } = await relay.standing(feed);
      const isDone = contents.delivered + contents.parked + contents.lost >= of(feed).length && contents.queued === 0;
      if (!isDone) open.push({ ...feed, offered: of(feed).length, contents, state, lagReason });
    }
    return open;
  }

  onTestFinished(() => {
    // Neither a record nor a token may reach the log, whatever goes wrong (29).
    expect(JSON.stringify(base.events)).not.toMatch(/eyJ|kept-out-of-every-log/);
  });
  for (const feed of [troubled, sibling, neighbour]) {
    relay.offer(feed);
    relay.offer(feed, { created: clock.now() - hour });
  }
  return relay;
}

const isOf = (feed: FeedId, tenantId: string, contentType: ContentType): boolean =>
  feed.tenantId === tenantId && feed.contentType === contentType;

/** Counts of contents, those not named being 0. */
export const standingWith = (counts: Partial<FeedDescription['contents']>): FeedDescription['contents'] => ({
  queued: 0,
  delivered: 0,
  parked: 0,
  lost: 0,
  ...counts,
});

/** Sets a switch as `PitfallRelay.set` does. */
export const turned =
  <Name extends SwitchName>(name: Name, value: SwitchInput<Name>, scope?: Scope) =>
  (relay: PitfallRelay): void => {
    relay.set(name, value, scope);
  };
