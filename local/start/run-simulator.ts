import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isGuid } from '../simulator/guid.ts';
import { startSimulator } from '../simulator/start-simulator.ts';
import { exampleCustomer, offerExampleRecords } from './example-customer.ts';
import { addHomeTenant } from './home-tenant.ts';
import { keepIdentity } from './identity.ts';
import type { StartArguments } from './arguments.ts';
import type { Chosen, Environment } from './environment.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { Random } from '../../shared/random.ts';

export interface RunningSimulator {
  readonly simulator: Simulator;
  /** What the app needs to know of it. */
  readonly chosen: NonNullable<Chosen['simulator']>;
}

/**
 * Starts the simulator with what was asked for; its state, certificate and the app's registration are kept in `state`.
 * @param now milliseconds since the epoch
 * @param demoIntervalMs between two contents of the demo; `undefined` for the simulator's own choice
 * @throws SimulatorError, StartError
 */
export async function runSimulator(
  { demo, records, untilIdle }: StartArguments,
  state: string,
  given: Environment,
  random: Random,
  now: number,
  demoIntervalMs: number | undefined,
): Promise<RunningSimulator> {
  const identity = await keepIdentity(join(state, 'identity.json'), random);
  const simulator = await startSimulator({
    directory: join(state, 'simulator'),
    clientSecrets: { [identity.clientId]: identity.clientSecret },
    ...(records === undefined ? {} : { records }),
    ...(demo ? { demo: untilIdle ? 'finite' : 'stream' } : {}),
    demoInterval: demoIntervalMs,
    tenants: [exampleCustomer],
  });
  // Somebody's own implementation of the Activity API, or somebody's own GUID: sign-in plays along.
  simulator.switches.set('unknown-guids', 'welcome');
  const home = given['ENTRA_TENANT_ID'] ?? '';
  // What is no tenant ID is reported with all other settings.
  addHomeTenant(simulator, isGuid(home) ? home : identity.tenantId);
  offerExampleRecords(simulator, now);
  const certificatePath = join(state, 'certificate.pem');
  const others = given['NODE_EXTRA_CA_CERTS'] ? await readFile(given['NODE_EXTRA_CA_CERTS'], 'utf8') : '';
  await writeFile(certificatePath, [others, simulator.certificate].join('\n'));
  const { loginUrl, managementUrl, authorityUrl } = simulator;
  return { simulator, chosen: { loginUrl, managementUrl, authorityUrl, certificatePath, identity } };
}
