import type { MadeUpIdentity } from './identity.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What `npm start` has to offer where the environment says nothing. */
export interface Chosen {
  readonly port: number;
  /** Folder of the deliveries. */
  readonly delivered: string;
  /** `undefined` if the environment names all storage that is needed. */
  readonly storageConnectionString: string | undefined;
  /** `undefined` if the app talks to Microsoft. */
  readonly simulator:
    | {
        readonly loginUrl: string;
        readonly managementUrl: string;
        readonly authorityUrl: string;
        /** PEM file with the simulator's certificate, and whatever else the environment wanted trusted. */
        readonly certificatePath: string;
        readonly identity: MadeUpIdentity;
      }
    | undefined;
}

/** With a real registration the app talks to Microsoft, and there is no simulator. */
export const talksToMicrosoft = (given: Environment): boolean =>
  isSet(given['ENTRA_CLIENT_ID']) && given['CLOUD'] !== 'custom';

/** A connection is a connection string, or addresses in settings of its own. */
export const hasConnection = (given: Environment, name: string): boolean =>
  Object.entries(given).some(([key, value]) => isSet(value) && (key === name || key.startsWith(`${name}__`)));

/** The app's whole environment: what was given, and a choice for every setting that was not. */
export function chooseEnvironment(given: Environment, chosen: Chosen): Environment {
  const { port, delivered, storageConnectionString, simulator } = chosen;
  const choices: Record<string, string> = {
    PUBLIC_URL: `http://localhost:${port}`,
    LIST_SCHEDULE: '*/5 * * * * *',
  };
  if (!isSet(given['DESTINATIONS'])) {
    Object.assign(choices, {
      DESTINATIONS: 'local',
      DESTINATION_LOCAL_TYPE: 'file',
      DESTINATION_LOCAL_PATH: delivered,
    });
  }
  if (storageConnectionString !== undefined) {
    for (const name of ['RelayStorage', 'AzureWebJobsStorage']) {
      if (!hasConnection(given, name)) choices[name] = storageConnectionString;
    }
  }
  if (simulator) {
    const { identity } = simulator;
    Object.assign(choices, {
      CLOUD: 'custom',
      CUSTOM_AUTHORITY_HOST: simulator.authorityUrl,
      CUSTOM_LOGIN_URL: simulator.loginUrl,
      CUSTOM_MANAGEMENT_URL: simulator.managementUrl,
      ENTRA_CREDENTIAL: 'secret',
      ENTRA_CLIENT_ID: identity.clientId,
      ENTRA_TENANT_ID: identity.tenantId,
      ENTRA_CLIENT_SECRET: identity.clientSecret,
      // Nobody else reads the simulated tenants, so their quota need not be spared.
      TENANT_REQUESTS_PER_MINUTE: '60000',
      OPERATOR_NAME: 'Example Managed Security',
      OPERATOR_CONTACT: 'security@example.com',
    });
  }
  const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => isSet(value)));
  return {
    ...choices,
    ...kept,
    NO_PROXY: withLoopback(given),
    ...(simulator ? { NODE_EXTRA_CA_CERTS: simulator.certificatePath } : {}),
  };
}

/** Storage emulator and simulator must be reached directly, also where everything else goes through a proxy. */
export const withLoopback = (given: Environment): string =>
  [given['NO_PROXY'] ?? given['no_proxy'], 'localhost', '127.0.0.1'].filter(isSet).join(',');

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';
