import { applicationRoles, contentTypes } from '../../shared/activity-api/content-types.ts';
import type { LogFields } from '../../shared/log.ts';
import type { Pipeline } from '../../shared/pipeline/pipeline.ts';
import { createStores, type Stores } from '../../shared/state/stores.ts';
import type { Tables } from '../../shared/state/table.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import { createFakeTokens, type FakeTokens } from './fake-tokens.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createFakeActivityApi, type FakeActivityApi } from './fake-activity-api.ts';
import { createFakeDestination, type FakeDestination } from './fake-destination.ts';
import { createRepeats } from '../../shared/repeats/create-repeats.ts';
import { createMemorySaved, type MemorySaved } from './memory-saved.ts';
import { createMemoryQueue, type MemoryQueue } from './memory-queue.ts';
import { createMemoryTables } from './memory-tables.ts';

export const tenantId = '11111111-2222-3333-4444-555555555555';

/** A pipeline in memory, with everything that a test wants to look at or meddle with. */
export interface TestPipeline extends Pipeline, Stores {
  readonly clock: ManualClock;
  readonly queue: MemoryQueue;
  readonly api: FakeActivityApi;
  readonly tokens: FakeTokens;
  readonly destinations: readonly FakeDestination[];
  readonly tables: Tables;
  readonly saved: MemorySaved;
  readonly events: { event: string; level: 'info' | 'warn' | 'error'; fields: LogFields }[];
}

export const activeTenant = (change: Partial<Tenant> = {}): Tenant => ({
  tenantId,
  name: 'Example Customer',
  cloud: 'worldwide',
  state: 'active',
  contentTypes: [...contentTypes],
  addedAt: 0,
  invitationHash: undefined,
  consentedAt: 0,
  trouble: undefined,
  nextCheckAt: undefined,
  leaving: undefined,
  ...change,
});

/** @param options.tables for tests that put something between the pipeline and its tables */
export function createTestPipeline(
  options: { destinations?: readonly string[]; batchSize?: number; tables?: Tables; start?: string } = {},
): TestPipeline {
  const clock = createManualClock(Date.parse(options.start ?? '2026-11-22T10:30:00Z'));
  const tables = options.tables ?? createMemoryTables();
  const events: TestPipeline['events'] = [];
  const note =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}): void => {
      events.push({ event, level, fields });
    };
  let tokens = 0;
  const stores = createStores(tables);
  return {
    clock,
    tables,
    events,
    // Half of every ceiling: predictable, and neither of the ends.
    random: { fraction: () => 0.5, token: () => `token${(tokens += 1)}` },
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    queue: createMemoryQueue(clock),
    api: createFakeActivityApi(),
    tokens: createFakeTokens(applicationRoles),
    ...stores,
    destinations: (options.destinations ?? ['soc']).map(createFakeDestination),
    saved: createMemorySaved(),
    repeats: createRepeats({ seen: stores.seen, clock, retentionDays: 30 }),
    batchSize: options.batchSize ?? 20,
    retentionDays: 30,
  };
}
