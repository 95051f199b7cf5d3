import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSettings } from '../../shared/settings/parse-settings.ts';
import { startFunctionsHost } from '../host/host.ts';
import { readRecordFile } from '../simulator/record-file.ts';
import { startStorageEmulator } from '../storage-emulator.ts';
import { isClean } from './account.ts';
import { printAccount } from './account-table.ts';
import { announce } from './announce.ts';
import { readArguments } from './arguments.ts';
import { chooseEnvironment, hasConnection, talksToMicrosoft } from './environment.ts';
import { exampleCustomer } from './example-customer.ts';
import { lockDirectory, lockName } from './lock.ts';
import { openLogFile } from './log-file.ts';
import { onboard } from './onboard.ts';
import { describeParked } from './describe-parked.ts';
import { checkPort, portError, readPort } from './port.ts';
import { createRelayApi } from './relay-api.ts';
import { runSimulator } from './run-simulator.ts';
import { StartError } from './start-error.ts';
import { waitForHealth } from './wait-for-health.ts';
import { watch } from './watch.ts';
import type { StartArguments } from './arguments.ts';
import type { Environment } from './environment.ts';
import type { RelayApi } from './relay-api.ts';
import type { Screen } from './screen.ts';
import type { Offered } from './watch.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Random } from '../../shared/random.ts';

export interface RunOptions {
  readonly args: readonly string[];
  /** The app's folder. */
  readonly project: string;
  /** Folder for all that survives a restart. */
  readonly state: string;
  readonly environment: Environment;
  readonly screen: Screen;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds between two contents of the demo; the simulator's own choice if absent. */
  readonly demoIntervalMs?: number;
  /** Builds the app, once it is sure that nobody else runs it here. */
  readonly build?: () => Promise<void>;
  /** Aborted to stop everything. */
  readonly signal: AbortSignal;
}

/** How long a freshly started app may take to be well, milliseconds. */
const healthPatienceMs = 20_000;

/**
 * Runs everything on this machine until it is told to stop, or until all is settled if that was asked for.
 * @returns the exit code
 * @throws StartError and others whose message is a sentence for a person
 */
export async function run(options: RunOptions): Promise<number> {
  const asked = readArguments(options.args);
  const closers: (() => Promise<void>)[] = [];
  try {
    return await runParts(options, asked, closers);
  } catch (error) {
    if (options.signal.aborted) return asked.untilIdle ? 1 : 0;
    throw error;
  } finally {
    options.screen.live('');
    for (const close of closers.reverse()) await close();
  }
}

async function runParts(options: RunOptions, asked: StartArguments, closers: (() => Promise<void>)[]): Promise<number> {
  const { project, state, environment: given, screen, clock, random, signal } = options;
  const port = readPort(given['PORT']);
  checkCombination(asked, given);
  await checkPort(port);
  await mkdir(state, { recursive: true });
  closers.push(await lockDirectory(state));
  // Before anything is forgotten: a file that cannot be served must not cost the state.
  if (asked.records !== undefined) await readRecordFile(asked.records);
  await options.build?.();
  if (asked.fresh) await forget(state);

  let storageConnectionString: string | undefined;
  if (!hasConnection(given, 'RelayStorage') || !hasConnection(given, 'AzureWebJobsStorage')) {
    const storage = await startStorageEmulator({ directory: join(state, 'storage') });
    closers.push(() => storage.close());
    storageConnectionString = storage.connectionString;
  }
  signal.throwIfAborted();
  const simulated = talksToMicrosoft(given)
    ? undefined
    : await runSimulator(asked, state, given, random, clock.now(), options.demoIntervalMs);
  if (simulated) closers.push(() => simulated.simulator.close());
  signal.throwIfAborted();

  const delivered = join(state, 'delivered');
  const environment = chooseEnvironment(given, {
    port,
    delivered,
    storageConnectionString,
    simulator: simulated?.chosen,
  });
  parseSettings(environment);
  const logPath = join(state, 'relay.log');
  const logFile = openLogFile(logPath, (line) => {
    screen.line(line);
  });
  closers.push(() => logFile.close());
  const host = await startFunctionsHost({
    appDirectory: project,
    port,
    environment,
    log: logFile.log,
    clock,
    random,
  }).catch((error: unknown) => {
    throw error instanceof Error && 'syscall' in error ? portError(port, error) : error;
  });
  closers.push(() => host.stop());
  await waitForHealth(host.url, healthPatienceMs, clock, signal);

  const simulatorUrl = simulated?.simulator.loginUrl;
  for (const line of announce({ environment, url: host.url, pid: host.pid(), logPath, simulatorUrl }))
    screen.line(line);
  return follow(asked, createRelayApi(host.url), simulated?.simulator, options);
}

/** Onboards what is to be onboarded, and watches. */
async function follow(
  { demo, records, untilIdle }: StartArguments,
  api: RelayApi,
  simulator: Simulator | undefined,
  { screen, clock, signal }: RunOptions,
): Promise<number> {
  if (simulator && (demo || records !== undefined)) {
    // A tenant that nothing is offered for was added by hand: its consent is somebody's to give.
    const offered = new Set(offeredBy(simulator).feeds.map(({ tenantId }) => tenantId));
    const customers = simulator.tenants.list().filter(({ tenantId }) => offered.has(tenantId));
    await onboard(
      api,
      customers,
      (line) => {
        screen.line(line);
      },
      clock,
      signal,
    );
  }
  const offered = untilIdle && simulator ? () => offeredBy(simulator) : undefined;
  const rows = await watch({ api, screen, clock, offered }, signal);
  if (!offered) return 0;
  for (const line of printAccount(rows)) screen.line(line);
  if (!signal.aborted) for (const line of describeParked(await api.parked(signal))) screen.line(line);
  const clean = !signal.aborted && isClean(rows);
  screen.line(
    clean ? 'Everything that was offered has been delivered.' : 'Not everything that was offered has been delivered.',
  );
  return clean ? 0 : 1;
}

function offeredBy(simulator: Simulator): Offered {
  const { done, feeds } = simulator.offered();
  return { done, feeds: feeds.filter(({ tenantId }) => tenantId !== exampleCustomer.tenantId) };
}

async function forget(state: string): Promise<void> {
  const names = (await readdir(state)).filter((name) => name !== lockName);
  await Promise.all(names.map((name) => rm(join(state, name), { recursive: true, force: true })));
}

function checkCombination({ demo, records, untilIdle }: StartArguments, given: Environment): void {
  if (talksToMicrosoft(given) && (demo || records !== undefined)) {
    throw new StartError('--demo and --records need the simulator; leave ENTRA_CLIENT_ID unset, or set CLOUD=custom.');
  }
  if (untilIdle && given['CUSTOM_MANAGEMENT_URL']) {
    throw new StartError("--until-idle counts what the simulator's own API offers; leave CUSTOM_MANAGEMENT_URL unset.");
  }
}
