import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { contentTypes } from '../../local/simulator/content-types.ts';
import { onboard } from '../../local/start/onboard.ts';
import { systemClock as clock } from '../../shared/clock.ts';
import { forEachLimited } from '../../shared/for-each-limited.ts';
import { createAzureTables } from '../../shared/state/azure-tables.ts';
import type { FeedId } from '../../shared/state/feed-key.ts';
import type { FeedStore } from '../../shared/state/feeds.ts';
import { createStores, type Stores } from '../../shared/state/stores.ts';
import { RowConflict } from '../../shared/state/table.ts';
import { caughtUp } from '../chaos/caught-up.ts';
import { openStage } from '../chaos/stage.ts';
import { readExecutions, sumExecutions } from './executions.ts';
import { printExecutions } from './print-executions.ts';
import { apiLatencyMs, storageLatencyMs } from './latencies.ts';
import { createStorageCounter, storageKinds } from './storage-counter.ts';

/** What tenants cost for which nothing comes: `npm run bench -- quiet [TENANTS]`. */

const hourMs = 3_600_000;
/** Twice the pattern of cycles: every fifth looks at three hours more. */
const cyclesWatched = 10;

/** @returns whether it was; the lister writes the feed, too */
async function tryToMakeDue(feeds: FeedStore, { tenantId, contentType }: FeedId): Promise<boolean> {
  const feed = (await feeds.ofTenant(tenantId)).find(({ value }) => value.contentType === contentType);
  if (feed === undefined) return true;
  try {
    await feeds.replace({ ...feed.value, sweepDueAt: 0 }, feed.etag);
    return true;
  } catch (error) {
    if (error instanceof RowConflict) return false;
    throw error;
  }
}

/** As a day later: every hour is due to be listed again, but those that the next cycles list anyway. */
async function makeDue({ feeds, hours }: Stores): Promise<void> {
  const all = (await feeds.all()).map(({ value: { tenantId, contentType } }) => ({ tenantId, contentType }));
  await forEachLimited(all, 16, async (feed) => {
    for (const hour of (await hours.all(feed)).slice(0, -5)) {
      const listedAt = (hour.value.listedAt ?? 0) - 24 * hourMs;
      await hours.replace(feed, { ...hour.value, listedAt }, hour.etag);
    }
  });
  await forEachLimited(all, 16, async (feed) => {
    while (!(await tryToMakeDue(feeds, feed)));
  });
}

export async function benchQuiet(count: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'quiet-'));
  const signal = AbortSignal.timeout(60 * 60_000);
  const tenants = Array.from({ length: count }, (_none, index) => ({
    tenantId: `0bea0000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    name: `Tenant ${index}`,
    domain: `tenant-${index}.example`,
  }));
  const feedCount = count * contentTypes.length;
  try {
    await using counter = createStorageCounter(storageLatencyMs);
    await using stage = await openStage({
      directory,
      tenants,
      destinations: ['soc'],
      listSchedule: '*/15 * * * * *',
      wayToStorage: (connectionString) => counter.open(connectionString),
      clock,
      signal,
    });
    const { simulator, api, clients } = stage;
    await onboard(api, tenants, () => undefined, clock, signal);
    await caughtUp(clients, feedCount, signal);
    simulator.switches.set('latency-ms', apiLatencyMs);

    const cycles = (): number => counter.counts().get('listing cycles') ?? 0;
    const tableOperations = (): number =>
      storageKinds
        .filter((kind) => kind.startsWith('table'))
        .reduce((sum, kind) => sum + (counter.counts().get(kind) ?? 0), 0);
    const watch = async (what: string, isOver: () => Promise<boolean> | boolean): Promise<void> => {
      // Between two cycles.
      const before = cycles();
      while (cycles() === before) await clock.sleep(50, signal);
      counter.reset();
      const from = clock.now();
      while (!(await isOver())) await clock.sleep(200, signal);
      // The execution that did it ends before the next begins.
      const last = cycles();
      const operations = tableOperations();
      while (cycles() === last) await clock.sleep(50, signal);
      console.log(`${what}: ${last} cycles, ${(operations / feedCount).toFixed(1)} table operations a feed`);
      printExecutions(sumExecutions(readExecutions(join(directory, 'host-0.log')), from, clock.now()));
    };
    await watch(`${count} quiet tenants`, () => cycles() > cyclesWatched);
    const stores = createStores(createAzureTables(clients));
    await makeDue(stores);
    await watch(`The daily look at all hours of ${count} tenants`, async () => {
      const now = clock.now();
      return (await stores.feeds.all()).every(({ value }) => (value.sweepDueAt ?? 0) > now);
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
