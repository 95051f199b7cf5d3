import tls from 'node:tls';

import { startSimulator } from '../../local/simulator/start-simulator.ts';
import type { Simulator } from '../../local/simulator/simulator.ts';
import { startStorageEmulator } from '../../local/storage-emulator.ts';
import { createAzureTables } from '../../shared/state/azure-tables.ts';
import { type ConsentStore, createConsentStore } from '../../shared/state/consents.ts';
import { createFeedStore, type FeedStore } from '../../shared/state/feeds.ts';
import { createStorageClients, type StorageClients } from '../../shared/state/storage-clients.ts';
import type { Tables } from '../../shared/state/table.ts';
import { createTenantStore, type TenantStore } from '../../shared/state/tenants.ts';
import { startTableProxy, type TableProxy } from './table-proxy.ts';

export const publicUrl = 'http://localhost:7071';
export const clientId = 'cccccccc-2222-3333-4444-555555555555';
export const homeTenantId = 'dddddddd-2222-3333-4444-555555555555';
export const clientSecret = 'the-secret-of-the-app';

/** A customer that the simulator has. */
export const contoso = {
  tenantId: '11111111-2222-3333-4444-555555555555',
  name: 'Contoso',
  domain: 'contoso.example',
} as const;

export const fabrikam = {
  tenantId: '99999999-2222-3333-4444-555555555555',
  name: 'Fabrikam',
  domain: 'fabrikam.example',
} as const;

/** The organisation that runs the app: operators sign in there. */
export const home = {
  tenantId: homeTenantId,
  name: 'Example Managed Security',
  domain: 'security.example',
  home: true,
} as const;

export interface RelayEnvironment {
  readonly simulator: Simulator;
  /** The app's tables go through here; these stores do not. */
  readonly proxy: TableProxy;
  readonly clients: StorageClients;
  readonly tables: Tables;
  readonly tenants: TenantStore;
  readonly feeds: FeedStore;
  readonly consents: ConsentStore;
  close(): Promise<void>;
}

/** Settings that are all right; where they lead is up to the test. */
export const goodSettings = (): Record<string, string> => ({
  RelayStorage: 'UseDevelopmentStorage=true',
  PUBLIC_URL: publicUrl,
  OPERATOR_NAME: 'Example Managed Security',
  OPERATOR_CONTACT: 'security@example.com',
  ENTRA_CLIENT_ID: clientId,
  ENTRA_TENANT_ID: homeTenantId,
  ENTRA_CREDENTIAL: 'secret',
  ENTRA_CLIENT_SECRET: clientSecret,
  DESTINATIONS: 'local',
  DESTINATION_LOCAL_TYPE: 'file',
  DESTINATION_LOCAL_PATH: 'never-written',
});

/** Whatever this process was started with must not decide a test. */
export function clearEnvironment(): void {
  const ours =
    /^(relaystorage|public_|return_|operator_|entra_|publisher_|cloud$|custom_|list_|batch_|tenant_|retention_)/i;
  const others = /^(invitation_|destination|(https?|all)_proxy$)/i;
  for (const name of Object.keys(process.env)) {
    if (ours.test(name) || others.test(name)) Reflect.deleteProperty(process.env, name);
  }
}

/** From now on this process trusts what carries `certificate`. */
export function trust(certificate: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate]);
}

/** Storage emulator, simulator and the environment that leads the app to them: once a file, before the first call. */
export async function startRelayEnvironment(change: Readonly<Record<string, string>> = {}): Promise<RelayEnvironment> {
  const emulator = await startStorageEmulator();
  const simulator = await startSimulator({ tenants: [contoso, fabrikam, home] });
  simulator.setClientSecret(clientId, clientSecret);
  const proxy = await startTableProxy(emulator.tableUrl);
  trust(simulator.certificate);
  clearEnvironment();
  Object.assign(process.env, {
    ...goodSettings(),
    RelayStorage: emulator.connectionString.replace(emulator.tableUrl, proxy.url),
    CLOUD: 'custom',
    CUSTOM_AUTHORITY_HOST: simulator.authorityUrl,
    CUSTOM_LOGIN_URL: simulator.loginUrl,
    CUSTOM_MANAGEMENT_URL: simulator.managementUrl,
    ...change,
  });
  const clients = createStorageClients({ connectionString: emulator.connectionString });
  const tables = createAzureTables(clients);
  return {
    simulator,
    proxy,
    clients,
    tables,
    tenants: createTenantStore(tables),
    feeds: createFeedStore(tables),
    consents: createConsentStore(tables),
    async close() {
      await simulator.close();
      await proxy.close();
      await emulator.close();
    },
  };
}
