import { createActivityApi } from './activity-api/create-activity-api.ts';
import { createRequestBudget } from './activity-api/request-budget.ts';
import { systemClock } from './clock.ts';
import { createDestinations } from './delivery/create-destinations.ts';
import { createCredential } from './entra/create-credential.ts';
import { createSignIn } from './entra/create-sign-in.ts';
import { createTenantResolver, type TenantResolver } from './entra/create-tenant-resolver.ts';
import { createTokenSource } from './entra/create-token-source.ts';
import type { SignIn } from './entra/sign-in.ts';
import type { TokenSource } from './entra/token-source.ts';
import type { Log } from './log.ts';
import type { Pipeline } from './pipeline/pipeline.ts';
import { systemRandom } from './random.ts';
import { createRepeats } from './repeats/create-repeats.ts';
import type { Settings } from './settings.ts';
import { parseSettings } from './settings/parse-settings.ts';
import type { ConsentStore } from './state/consents.ts';
import type { SessionStore } from './state/sessions.ts';
import { createAzureQueue } from './state/azure-queue.ts';
import { createAzureTables } from './state/azure-tables.ts';
import { createSavedStore } from './state/azure-saved.ts';
import { createStores } from './state/stores.ts';
import { createStorageClients } from './state/storage-clients.ts';

/** Everything a function needs, for one invocation. */
export interface Relay extends Pipeline {
  readonly settings: Settings;
  readonly consents: ConsentStore;
  readonly sessions: SessionStore;
  readonly tokens: TokenSource;
  readonly resolveTenant: TenantResolver;
  readonly signIn: SignIn;
}

/** @returns a function that gives each invocation the relay with its own log; connections and tokens are shared */
export function createRelay(settings: Settings): (log: Log) => Relay {
  const clock = systemClock;
  const random = systemRandom;
  const clients = createStorageClients(settings.storage);
  const stores = createStores(createAzureTables(clients), clock);
  const tokens = createTokenSource({
    clouds: settings.clouds,
    clientId: settings.entra.clientId,
    clock,
    credential: (cloud, tenantId) => createCredential(settings.entra, cloud, tenantId),
  });
  let newestLog: Log | undefined;
  const api = createActivityApi({
    clouds: settings.clouds,
    tokens,
    publisherId: settings.publisherId,
    clock,
    budget: createRequestBudget(settings.tenantRequestsPerMinute, clock),
    onDateSkew: ({ tenantId }, skewMs) =>
      newestLog?.warn('clock-skew', { tenantId, seconds: Math.round(skewMs / 1000) }),
  });
  const shared = {
    settings,
    clock,
    random,
    api,
    tokens,
    queue: createAzureQueue(clients, 'content'),
    ...stores,
    destinations: createDestinations(settings.destinations, { clock, random, blobService: () => clients.blobs }),
    resolveTenant: createTenantResolver({ clouds: settings.clouds, cloud: settings.cloud }),
    signIn: createSignIn({ ...settings, clock }),
    saved: createSavedStore(() => clients.blobs),
    repeats: createRepeats({ seen: stores.seen, clock, retentionDays: settings.retentionDays }),
    batchSize: settings.batchSize,
    retentionDays: settings.retentionDays,
  };
  return (log) => {
    newestLog = log;
    return { ...shared, log };
  };
}

let made: ((log: Log) => Relay) | undefined;

/**
 * The relay of this process, made from the environment when it is first asked for: functions register without any I/O,
 * and wrong settings are seen by whoever calls one.
 * @throws SettingsError
 */
export function relayOfProcess(log: Log): Relay {
  made ??= createRelay(parseSettings(process.env));
  return made(log);
}
