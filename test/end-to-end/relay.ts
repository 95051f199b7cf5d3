import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { HostLogEntry } from '../../local/host/host-log.ts';
import { startFunctionsHost } from '../../local/host/host.ts';
import type { SimulatorOptions, Simulator } from '../../local/simulator/simulator.ts';
import { startSimulator } from '../../local/simulator/start-simulator.ts';
import { type AccountRow, createAccount, isSettled } from '../../local/start/account.ts';
import { chooseEnvironment } from '../../local/start/environment.ts';
import { addHomeTenant } from '../../local/start/home-tenant.ts';
import { onboard } from '../../local/start/onboard.ts';
import { createRelayApi } from '../../local/start/relay-api.ts';
import { waitForHealth } from '../../local/start/wait-for-health.ts';
import { startStorageEmulator } from '../../local/storage-emulator.ts';
import { systemClock } from '../../shared/clock.ts';
import { createStorageClients, type StorageClients } from '../../shared/state/storage-clients.ts';
import { compiledApp } from '../support/compiled-app.ts';
import { freePort } from '../support/free-port.ts';

export const identity = {
  clientId: 'cccccccc-2222-4333-8444-555555555555',
  tenantId: 'dddddddd-2222-4333-8444-555555555555',
  clientSecret: 'a-secret-that-no-log-may-show',
} as const;

/** The compiled app in its own process, with the storage emulator and the simulator that it talks to. */
export interface RunningRelay {
  /** The functions host's. */
  readonly url: string;
  readonly simulator: Simulator;
  readonly clients: StorageClients;
  /** Folder of the `file` destination, unless the test named other destinations. */
  readonly delivered: string;
  readonly log: readonly HostLogEntry[];
  /** Of the app's process; `undefined` while it is being started again. */
  pid(): number | undefined;
  /** Walks the real pages for every customer of the simulator that is not onboarded yet. */
  onboard(): Promise<void>;
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  /** What became of what the simulator offered, at this moment. */
  account(): Promise<AccountRow[]>;
  /** Waits until all that was offered is settled. @throws Error that says what is not */
  settled(): Promise<AccountRow[]>;
  stop(): Promise<void>;
}

export interface RelayOptions {
  /** Everything that survives a restart. */
  readonly directory: string;
  /** Folder of the app; default: the one compiled here. */
  readonly appDirectory?: string;
  readonly simulator?: SimulatorOptions;
  readonly environment?: Readonly<Record<string, string>>;
}

/** How long anything may take to come true, milliseconds: generous, since other tests run at the same time. */
export const patienceMs = 120_000;

/** A folder of its own; whoever makes it removes it. */
export async function makeFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'relay-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Starts everything as `npm start` does, on free ports. */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const { directory, appDirectory = compiledApp() } = options;
  await mkdir(directory, { recursive: true });
  await using starting = new AsyncDisposableStack();
  const storage = await startStorageEmulator({ directory: join(directory, 'storage') });
  starting.defer(() => storage.close());
  const simulator = await startSimulator({
    directory: join(directory, 'simulator'),
    clientSecrets: { [identity.clientId]: identity.clientSecret },
    ...options.simulator,
  });
  starting.defer(() => simulator.close());
  addHomeTenant(simulator, identity.tenantId);
  const certificatePath = join(directory, 'certificate.pem');
  await writeFile(certificatePath, simulator.certificate);
  const { loginUrl, managementUrl, authorityUrl } = simulator;
  const delivered = join(directory, 'delivered');
  // `PUBLIC_URL` holds the port, so it has to be known before the app starts.
  const port = await freePort();
  const log: HostLogEntry[] = [];
  const host = await startFunctionsHost({
    appDirectory,
    port,
    environment: chooseEnvironment(
      { PATH: process.env['PATH'], LIST_SCHEDULE: '* * * * * *', ...options.environment },
      {
        port,
        delivered,
        storageConnectionString: storage.connectionString,
        simulator: { loginUrl, managementUrl, authorityUrl, certificatePath, identity },
      },
    ),
    // A message whose worker was killed is back soon.
    timing: { leaseMs: 3000, failedAfterMs: 1000 },
    log: (entry) => {
      log.push(entry);
    },
  });
  starting.defer(() => host.stop());
  const signal = AbortSignal.timeout(10 * patienceMs);
  await waitForHealth(host.url, patienceMs, systemClock, signal);
  const api = createRelayApi(host.url);

  async function call(path: string, init?: RequestInit): Promise<unknown> {
    const response = await fetch(new URL(path, host.url), init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
  async function account(): Promise<AccountRow[]> {
    // Offers first: what is offered while the app is asked belongs to the next account.
    const { feeds } = simulator.offered();
    const tenants = await api.tenants(signal);
    return createAccount(feeds, await Promise.all(tenants.map(({ tenantId }) => api.tenant(tenantId, signal))));
  }

  const running = starting.move();
  return {
    url: host.url,
    simulator,
    clients: createStorageClients({ connectionString: storage.connectionString }),
    delivered,
    log,
    pid: () => host.pid(),
    onboard: () => {
      const customers = simulator.tenants.list().filter(({ home = false }) => !home);
      return onboard(api, customers, () => undefined, systemClock, signal);
    },
    get: (path) => call(path),
    post: (path, body) =>
      call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    account,
    async settled() {
      const until = Date.now() + patienceMs;
      for (;;) {
        const rows = await account().catch(() => undefined);
        if (rows && isSettled(rows)) return rows;
        if (Date.now() > until) throw new Error(`Not settled after ${patienceMs} ms: ${JSON.stringify(rows)}`);
        await systemClock.sleep(250);
      }
    },
    stop: () => running.disposeAsync(),
  };
}
