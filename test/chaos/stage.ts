import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Simulator } from '../../local/simulator/simulator.ts';
import { startSimulator } from '../../local/simulator/start-simulator.ts';
import type { SimulatedTenant } from '../../local/simulator/tenants.ts';
import { chooseEnvironment } from '../../local/start/environment.ts';
import { createRelayApi, type RelayApi } from '../../local/start/relay-api.ts';
import type { Clock } from '../../shared/clock.ts';
import { createStorageClients, type StorageClients } from '../../shared/state/storage-clients.ts';
import { freePort } from '../support/free-port.ts';
import { type HostProcess, startHost } from './hosts.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { startStorage, type StorageProcess } from './storage.ts';

const identity = {
  clientId: 'cccccccc-6666-4333-8444-555555555555',
  tenantId: 'dddddddd-6666-4333-8444-555555555555',
  clientSecret: 'a-secret-of-the-fault-run',
};

/** Everything that a run plays with; the simulator and the receivers are in this process. */
export interface Stage extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly storage: StorageProcess;
  readonly hosts: readonly HostProcess[];
  readonly receivers: readonly Receiver[];
  readonly api: RelayApi;
  readonly clients: StorageClients;
  /** Starts one more functions host. */
  addHost(): Promise<void>;
}

export interface StageOptions {
  /** For logs and certificate. */
  readonly directory: string;
  /** Of the storage; in memory without one. */
  readonly storageDirectory?: string | undefined;
  /** Customers that the simulator has. */
  readonly tenants: readonly SimulatedTenant[];
  /** Names of destinations. */
  readonly destinations: readonly string[];
  readonly listSchedule: string;
  /** The way to the storage that the hosts go, e.g. past a counter. @returns their connection string */
  readonly wayToStorage?: (connectionString: string) => Promise<string>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Starts all of it on loopback: storage emulator, simulator, destinations, and one functions host with the compiled app. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { directory, tenants, destinations, listSchedule, clock, signal } = options;
  await using opening = new AsyncDisposableStack();
  const receivers = await Promise.all(destinations.map(startReceiver));
  opening.defer(() => {
    for (const receiver of receivers) receiver.close();
  });
  const simulator = await startSimulator({ tenants, clientSecrets: { [identity.clientId]: identity.clientSecret } });
  opening.defer(() => simulator.close());
  const certificatePath = join(directory, 'certificate.pem');
  await writeFile(certificatePath, simulator.certificate);
  const { loginUrl, managementUrl, authorityUrl } = simulator;
  const logFile = join(directory, 'storage.log');
  const storage = await startStorage(options.storageDirectory, logFile, clock, signal);
  opening.defer(() => storage.stop());
  const storageConnectionString = (await options.wayToStorage?.(storage.connectionString)) ?? storage.connectionString;
  const hosts: HostProcess[] = [];
  const stopping = opening.use(new AsyncDisposableStack());
  async function addHost(): Promise<void> {
    const index = hosts.length;
    const port = await freePort();
    const given = {
      PATH: process.env['PATH'],
      LIST_SCHEDULE: listSchedule,
      DESTINATIONS: destinations.join(','),
      ...Object.fromEntries(receivers.flatMap((receiver) => Object.entries(receiver.settings(index)))),
    };
    const environment = chooseEnvironment(given, {
      port,
      delivered: join(directory, 'delivered'),
      storageConnectionString,
      simulator: { loginUrl, managementUrl, authorityUrl, certificatePath, identity },
    });
    const host = await startHost({ port, environment, logFile: join(directory, `host-${index}`) }, clock, signal);
    stopping.defer(() => host.stop());
    hosts.push(host);
  }
  await addHost();
  const opened = opening.move();
  return {
    simulator,
    storage,
    hosts,
    receivers,
    api: createRelayApi(hosts[0]?.url ?? ''),
    clients: createStorageClients({ connectionString: storage.connectionString }),
    addHost,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
