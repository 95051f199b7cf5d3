import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startFunctionsHost } from '../../local/host/host.ts';
import { contentTypes } from '../../local/simulator/content-types.ts';
import { seeded } from '../../local/simulator/seeded.ts';
import { waitForHealth } from '../../local/start/wait-for-health.ts';
import { startStorageEmulator } from '../../local/storage-emulator.ts';
import { systemClock } from '../../shared/clock.ts';
import { sessionCookie } from '../../shared/console/console-session.ts';
import { forEachLimited } from '../../shared/for-each-limited.ts';
import { sha256 } from '../../shared/hash.ts';
import { systemRandom } from '../../shared/random.ts';
import { createAzureTables } from '../../shared/state/azure-tables.ts';
import { newFeed } from '../../shared/state/feeds.ts';
import { createStorageClients } from '../../shared/state/storage-clients.ts';
import { createStores, type Stores } from '../../shared/state/stores.ts';
import { type TenantState, tenantStates } from '../../shared/state/tenants.ts';
import { compiledApp } from '../support/compiled-app.ts';
import { goodSettings } from '../support/relay-environment.ts';
import { createStorageCounter } from './storage-counter.ts';
import { type BenchRow, median } from './table.ts';

/** The console's list of 1,000 customers with 5,000 feeds, in the compiled app: `npm run bench -- console [CUSTOMERS]`. */

const rounds = 15;
const hourMs = 3_600_000;

interface Shown {
  readonly firstByteMs: number;
  readonly bytes: number;
  readonly reads: number;
}

/** Three of four are active, the others spread over all states; each has all its feeds, with records of today. */
async function fill({ tenants, feeds }: Stores, count: number): Promise<void> {
  const chance = seeded(1);
  const now = Date.now();
  await forEachLimited([...Array(count).keys()], 16, async (index) => {
    const tenantId = `0c000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const state: TenantState = index % 4 === 0 ? (tenantStates[index % tenantStates.length] ?? 'active') : 'active';
    await tenants.insert({
      tenantId,
      name: `Customer ${index} of Example Managed Security`,
      cloud: 'worldwide',
      state,
      contentTypes,
      addedAt: now - index * hourMs,
      invitationHash: sha256(tenantId),
      consentedAt: now - index * hourMs,
      consentedBy: 'Alex Admin (admin@customer.example)',
      trouble: undefined,
      nextCheckAt: undefined,
      leaving: undefined,
    });
    for (const contentType of contentTypes) {
      await feeds.insert({
        ...newFeed({ tenantId, contentType }),
        state: 'active',
        startedAt: now,
        startAnswered: true,
        position: now - Math.floor(chance() * hourMs),
        visitedAt: now,
        sweepDueAt: now,
        delivered: {
          day: new Date(now).toISOString().slice(0, 10),
          byHour: Array.from({ length: 24 }, () => Math.floor(chance() * 1000)),
        },
      });
    }
  });
}

/** The app against its storage, with as many customers. */
async function measure(
  count: number,
): Promise<{ readonly page: Shown; readonly search: Shown; readonly queriesMs: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'console-'));
  await using ending = new AsyncDisposableStack();
  ending.defer(() => rm(directory, { recursive: true, force: true }));
  const storage = await startStorageEmulator({ directory });
  ending.defer(() => storage.close());
  const counter = ending.use(createStorageCounter());
  const counted = await counter.open(storage.connectionString);
  const stores = createStores(createAzureTables(createStorageClients(storage)));
  await fill(stores, count);
  const id = systemRandom.token(32);
  const now = Date.now();
  await stores.sessions.add({
    hash: sha256(id),
    objectId: 'o',
    name: 'Olivia Operator',
    role: 'Operator',
    signedInAt: now,
    expires: now + 8 * hourMs,
  });
  const host = await startFunctionsHost({
    appDirectory: compiledApp(),
    port: 0,
    environment: {
      ...goodSettings(),
      PATH: process.env['PATH'],
      NO_PROXY: process.env['NO_PROXY'],
      RelayStorage: counted,
      AzureWebJobsStorage: storage.connectionString,
      // Nobody lists meanwhile.
      LIST_SCHEDULE: '0 0 0 1 1 *',
    },
    log: () => undefined,
  });
  ending.defer(() => host.stop());
  await waitForHealth(host.url, 60_000, systemClock, AbortSignal.timeout(60_000));

  async function show(path: string): Promise<Shown> {
    counter.reset();
    const begun = performance.now();
    const answer = await fetch(`${host.url}${path}`, {
      headers: { cookie: `${sessionCookie}=${id}` },
      redirect: 'manual',
    });
    const firstByteMs = performance.now() - begun;
    const bytes = (await answer.arrayBuffer()).byteLength;
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}.`);
    const reads = (counter.counts().get('table get') ?? 0) + (counter.counts().get('table query') ?? 0);
    return { firstByteMs, bytes, reads };
  }
  async function medianOf(path: string): Promise<Shown> {
    const shown: Shown[] = [];
    for (let round = 0; round < rounds; round += 1) shown.push(await show(path));
    const [first = { bytes: 0, reads: 0 }] = shown;
    return { ...first, firstByteMs: median(shown.map(({ firstByteMs }) => firstByteMs)) };
  }
  await show('/console');
  const page = await medianOf('/console');
  const search = await medianOf('/console?q=999&state=active&sort=lag');
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    await Promise.all([stores.tenants.all(), stores.feeds.all()]);
    times.push(performance.now() - begun);
  }
  return { page, search, queriesMs: median(times) };
}

export async function benchConsole(count: number): Promise<BenchRow[]> {
  const { page, search, queriesMs } = await measure(count);
  const { page: small } = await measure(1);
  const words = `${count.toLocaleString('en')} customers`;
  const queries = `its two queries alone ${queriesMs.toFixed(0)} ms`;
  const kilobytes = ({ bytes }: Shown): string => `${(bytes / 1000).toFixed(0)} kB`;
  return [
    {
      figure: `${words}, a hundred shown: first byte`,
      value: `${page.firstByteMs.toFixed(0)} ms`,
      yardstick: queries,
      ratio: page.firstByteMs / queriesMs,
    },
    {
      figure: `${words}, searched and sorted: first byte`,
      value: `${search.firstByteMs.toFixed(0)} ms`,
      yardstick: queries,
      ratio: search.firstByteMs / queriesMs,
    },
    {
      figure: `${words}, a hundred shown: page`,
      value: kilobytes(page),
      yardstick: `one customer ${kilobytes(small)}`,
      ratio: page.bytes / small.bytes,
    },
    {
      figure: `${words}: storage reads (a query reads 1,000 rows at a time)`,
      value: `${page.reads}`,
      yardstick: `one customer ${small.reads}`,
      ratio: page.reads / small.reads,
    },
  ];
}
