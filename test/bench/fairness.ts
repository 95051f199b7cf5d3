import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { contentTypes } from '../../local/simulator/content-types.ts';
import { between, pick, seeded } from '../../local/simulator/seeded.ts';
import { onboard } from '../../local/start/onboard.ts';
import { systemClock } from '../../shared/clock.ts';
import { createAzureTables } from '../../shared/state/azure-tables.ts';
import { createFeedStore } from '../../shared/state/feeds.ts';
import { caughtUp } from '../chaos/caught-up.ts';
import { openStage, type Stage } from '../chaos/stage.ts';
import { madeUpRecords } from '../end-to-end/made-up-records.ts';
import { createArrivals } from './arrivals.ts';

/** Healthy tenants' delay beside each bad neighbour: `npm run bench -- fairness`. */

const hourMs = 3_600_000;
/** Between two contents of all healthy tenants together, and of the neighbour. */
const contentEveryMs = 250;
/** What is not delivered so long after the last content was offered counts as never. */
const patienceMs = 60_000;
const bigContents = 100_000;

const tenantOf = (number: number) => ({
  tenantId: `fa1f0000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  name: `Tenant ${number}`,
  domain: `tenant-${number}.example`,
});
const healthy = Array.from({ length: 8 }, (_none, index) => tenantOf(index + 1));
const neighbour = tenantOf(99);

interface Scenario {
  readonly name: string;
  /** What the neighbour has when it is onboarded. */
  readonly before?: (stage: Stage) => void;
  /** What goes wrong with it once it is. */
  readonly trouble?: (stage: Stage) => void;
  /** Without a neighbour at all. */
  readonly alone?: boolean;
}

const { tenantId } = neighbour;
const scenarios: readonly Scenario[] = [
  { name: 'none', alone: true },
  { name: 'one that is well' },
  { name: `one with ${bigContents.toLocaleString('en')} contents to catch up`, before: offerBacklog },
  {
    name: 'one whose API hangs',
    trouble: ({ simulator }) => {
      simulator.switches.set('hanging', {}, { tenantId });
    },
  },
  {
    name: 'one that is throttled',
    trouble: ({ simulator }) => {
      simulator.switches.set('throttle', {}, { tenantId });
    },
  },
  {
    name: 'one whose records are refused (422)',
    trouble: ({ receivers }) => {
      receivers[0]?.begin({ kind: 'refuse-tenant', status: 422, tenantId });
    },
  },
];

/** Small contents over four feeds and the last six and a half days, made while they are read. */
function offerBacklog({ simulator }: Stage): void {
  const now = systemClock.now();
  const feeds = contentTypes.slice(0, 4);
  const perFeed = bigContents / feeds.length;
  for (const contentType of feeds) {
    for (let index = 0; index < perFeed; index += 1) {
      const created = Math.floor(now - 156 * hourMs * (1 - index / perFeed));
      simulator.offer(tenantId, contentType, { generate: { records: 1, bytesPerRecord: 500 } }, { created });
    }
  }
}

interface Measured {
  readonly name: string;
  /** Milliseconds from `contentCreated` to the destination's word, in order; `Infinity` for what never came. */
  readonly delays: readonly number[];
  /** Most open contents that a feed of the neighbour was seen with, and how many of its contents were delivered. */
  readonly mostOpen: number;
  readonly delivered: number;
}

/** How long each is measured, and how often the timer runs. */
export interface FairnessTimes {
  readonly spanMs: number;
  /** A divisor of a minute, or whole minutes. */
  readonly cycleMs: number;
}

const scheduleOf = (cycleMs: number): string =>
  cycleMs < 60_000 ? `*/${cycleMs / 1000} * * * * *` : `0 */${cycleMs / 60_000} * * * *`;

async function measure(
  { name, before, trouble, alone }: Scenario,
  { spanMs, cycleMs }: FairnessTimes,
): Promise<Measured> {
  const clock = systemClock;
  const directory = await mkdtemp(join(tmpdir(), 'fairness-'));
  const signal = AbortSignal.timeout(30 * 60_000);
  try {
    await using stage = await openStage({
      directory,
      tenants: [...healthy, neighbour],
      destinations: ['soc'],
      listSchedule: scheduleOf(cycleMs),
      clock,
      signal,
    });
    const { api, simulator, receivers } = stage;
    await onboard(api, healthy, () => undefined, clock, signal);
    await caughtUp(stage.clients, healthy.length * contentTypes.length, signal);
    before?.(stage);
    if (alone !== true) await onboard(api, [neighbour], () => undefined, clock, signal);
    trouble?.(stage);

    const offered = new Map<string, number>();
    const chance = seeded('fairness');
    let number = 0;
    const offer = (tenant: string): [string, number] => {
      const contentType = pick(chance, contentTypes);
      const records = madeUpRecords(tenant, contentType, number, 5);
      number += 5;
      const { id, created } = simulator.offer(tenant, contentType, { records });
      return [id, created];
    };
    const feeds = createFeedStore(createAzureTables(stage.clients));
    let mostOpen = 0;
    const until = clock.now() + spanMs;
    for (let round = 0; clock.now() < until; round += 1) {
      offered.set(...offer(healthy[between(chance, 0, healthy.length - 1)]?.tenantId ?? ''));
      if (alone !== true && before === undefined) offer(tenantId);
      if (round % 20 === 0) {
        const open = (await feeds.ofTenant(tenantId)).map(({ value }) => value.openContents);
        mostOpen = Math.max(mostOpen, ...open);
      }
      await clock.sleep(contentEveryMs, signal);
    }

    const arrivals = createArrivals(receivers[0]?.taken ?? []);
    const last = clock.now() + patienceMs + 4 * cycleMs;
    const missing = (): string[] => [...offered.keys()].filter((id) => !arrivals().has(id));
    while (missing().length > 0 && clock.now() < last) await clock.sleep(500, signal);
    const delays = [...offered].map(([id, created]) => (arrivals().get(id) ?? Infinity) - created);
    const delivered = arrivals().size - (offered.size - missing().length);
    return { name, delays: delays.toSorted((a, b) => a - b), mostOpen, delivered };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const at = (delays: readonly number[], share: number): number =>
  delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? Number.NaN;

const shown = (milliseconds: number, cycleMs: number): string =>
  milliseconds === Infinity
    ? 'never'
    : `${(milliseconds / 1000).toFixed(1)} s (${(milliseconds / cycleMs).toFixed(1)})`;

/** @param only a part of the name of those neighbours that are measured */
export async function benchFairness(times: FairnessTimes, only = ''): Promise<void> {
  const { cycleMs } = times;
  console.log(`Delay of 8 healthy tenants, in seconds (and in listing cycles of ${cycleMs / 1000} s), by neighbour:`);
  const rows = [['neighbour', 'contents', 'median', 'p95', 'worst', 'its open, most', 'its delivered']];
  for (const scenario of scenarios.filter(({ name }) => name.includes(only))) {
    const { name, delays, mostOpen, delivered } = await measure(scenario, times);
    const [median, p95, worst] = [at(delays, 0.5), at(delays, 0.95), at(delays, 1)].map((delay) =>
      shown(delay, cycleMs),
    );
    const counts = [mostOpen, delivered].map((value) => value.toLocaleString('en'));
    rows.push([name, String(delays.length), median ?? '', p95 ?? '', worst ?? '', ...counts]);
    console.log(rows.at(-1)?.join(' | '));
  }
  console.log();
  const widthOf = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widthOf(column)))
        .join('  ')
        .trimEnd(),
    );
}
