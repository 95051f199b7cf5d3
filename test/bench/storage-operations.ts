import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { contentTypes } from '../../local/simulator/content-types.ts';
import { onboard } from '../../local/start/onboard.ts';
import { systemClock } from '../../shared/clock.ts';
import { createAzureTables } from '../../shared/state/azure-tables.ts';
import { createOpenHourStore } from '../../shared/state/open-hours.ts';
import { caughtUp } from '../chaos/caught-up.ts';
import { openStage } from '../chaos/stage.ts';
import { createArrivals } from './arrivals.ts';
import { type ExecutionSums, readExecutions, sumExecutions } from './executions.ts';
import { apiLatencyMs, storageLatencyMs } from './latencies.ts';
import { printExecutions } from './print-executions.ts';
import { createStorageCounter, type StorageCounts, storageKinds } from './storage-counter.ts';

/**
 * What the real app asks of its storage, counted at the wire, and what its executions take, storage and API as far away as
 * in Azure: `npm run bench -- storage [CONTENTS]`.
 */

const hourMs = 3_600_000;
/** Contents of the steady state that come in a second. */
const eachSecond = 20;
const generate = { records: 5, bytesPerRecord: 600 };

const tenants = Array.from({ length: 4 }, (_none, index) => ({
  tenantId: `0bea0000-0000-4000-8000-00000000000${index}`,
  name: `Tenant ${index}`,
  domain: `tenant-${index}.example`,
}));
const feeds = tenants.flatMap(({ tenantId }) => contentTypes.map((contentType) => ({ tenantId, contentType })));

/** Counts of one span. */
interface Span {
  readonly name: string;
  readonly counts: StorageCounts;
  readonly executions: ReadonlyMap<string, ExecutionSums>;
  readonly contents: number;
  readonly seconds: number;
}

const clock = systemClock;

async function measure(contents: number): Promise<Span[]> {
  const directory = await mkdtemp(join(tmpdir(), 'operations-'));
  const signal = AbortSignal.timeout(60 * 60_000);
  try {
    await using counter = createStorageCounter(storageLatencyMs);
    await using stage = await openStage({
      directory,
      tenants,
      destinations: ['soc'],
      listSchedule: '*/5 * * * * *',
      wayToStorage: (connectionString) => counter.open(connectionString),
      clock,
      signal,
    });
    const { simulator, api, clients } = stage;
    simulator.switches.set('latency-ms', apiLatencyMs);
    const openHours = createOpenHourStore(createAzureTables(clients));
    const arrivals = createArrivals(stage.receivers[0]?.taken ?? []);
    const delivered = async (count: number): Promise<void> => {
      while (arrivals().size < count) await clock.sleep(200, signal);
      // What settling and closing cost belongs to the contents, not to the time after them.
      while ((await openHours.all()).length > 0) await clock.sleep(500, signal);
    };
    const span = async (name: string, count: number, work: () => Promise<void>): Promise<Span> => {
      counter.reset();
      const begun = clock.now();
      await work();
      const ended = clock.now();
      const executions = sumExecutions(readExecutions(join(directory, 'host-0.log')), begun, ended);
      return { name, counts: counter.counts(), executions, contents: count, seconds: (ended - begun) / 1000 };
    };

    // Within one tenant, so that its hours hold as many contents as those of somebody large.
    const [large = feeds[0], ...others] = tenants;
    const now = clock.now();
    for (let index = 0; index < contents; index += 1) {
      const created = Math.floor(now - 24 * hourMs * (1 - index / contents));
      const contentType = contentTypes[index % contentTypes.length] ?? 'Audit.General';
      simulator.offer(large?.tenantId ?? '', contentType, { generate }, { created });
    }
    await onboard(api, others, () => undefined, clock, signal);
    await caughtUp(clients, others.length * contentTypes.length, signal);
    const catchUp = await span('catch-up', contents, async () => {
      await onboard(api, tenants, () => undefined, clock, signal);
      await delivered(contents);
    });
    await caughtUp(clients, feeds.length, signal);
    const idle = await span('idle', 0, () => clock.sleep(60_000, signal));
    const steady = await span('steady', contents, async () => {
      for (let index = 0; index < contents; index += 1) {
        const feed = feeds[index % feeds.length];
        if (feed) simulator.offer(feed.tenantId, feed.contentType, { generate });
        if (index % eachSecond === eachSecond - 1) await clock.sleep(1_000, signal);
      }
      await delivered(2 * contents);
    });
    return [catchUp, idle, steady];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What listing costs when nothing is there is the same for each cycle, whatever comes. */
function print(spans: readonly Span[]): void {
  const [catchUp, idle, steady] = spans;
  if (!catchUp || !idle || !steady) return;
  const cyclesOf = ({ counts }: Span): number => counts.get('listing cycles') ?? 0;
  const count = ({ counts }: Span, kind: (typeof storageKinds)[number]): number => counts.get(kind) ?? 0;
  const idleShare = cyclesOf(steady) / Math.max(1, cyclesOf(idle));
  const rows = storageKinds.map((kind): [string, number, number, number, number] => [
    kind,
    (count(catchUp, kind) / catchUp.contents) * 1000,
    (count(steady, kind) / steady.contents) * 1000,
    ((count(steady, kind) - count(idle, kind) * idleShare) / steady.contents) * 1000,
    count(idle, kind) / Math.max(1, cyclesOf(idle)) / feeds.length,
  ]);
  const total = rows.reduce((sum, row) => sum.map((value, index) => value + Number(row[index + 1])), [0, 0, 0, 0]);
  const lines = [
    ['operations per 1,000 contents', 'catch-up', 'steady', 'steady, less what is idle', 'idle, a feed and cycle'],
    ...[...rows, ['all', ...total] as const].map(([kind, ...values]) => [
      kind,
      ...values.map((value, index) => value.toFixed(index === 3 ? 2 : 0)),
    ]),
  ];
  const widthOf = (column: number): number => Math.max(...lines.map((line) => line[column]?.length ?? 0));
  for (const line of lines) {
    console.log(
      line.map((cell, column) => (column === 0 ? cell.padEnd(widthOf(0)) : cell.padStart(widthOf(column)))).join('  '),
    );
  }
  for (const span of spans) {
    console.log(
      `${span.name}: ${span.contents} contents in ${span.seconds.toFixed(0)} s, ${cyclesOf(span)} listing cycles; ${span.contents === 0 ? 'in all' : 'for 1,000 contents'}`,
    );
    printExecutions(span.executions, span.contents === 0 ? 1 : span.contents / 1000);
  }
}

export async function benchStorageOperations(contents: number): Promise<void> {
  print(await measure(contents));
}
