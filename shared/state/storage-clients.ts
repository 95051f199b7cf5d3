import type { TokenCredential } from '@azure/identity';
import { ManagedIdentityCredential } from '@azure/identity';
import { TableClient, TableServiceClient, type TableServiceClientOptions } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient, type StoragePipelineOptions } from '@azure/storage-queue';
import type { StorageSettings } from '../settings.ts';
import { removalEtagPolicy } from './removal-etags.ts';

/** Clients of one storage account, made when first asked for and then kept, with their connections. */
export interface StorageClients {
  readonly tables: TableServiceClient;
  readonly queues: QueueServiceClient;
  readonly blobs: BlobServiceClient;
  table(name: string): TableClient;
  /** Gives up after 20 s, retries included: what every operation on a row or message is sent with. */
  timeLimit(): AbortSignal;
}

const operationLimitMs = 20_000;

const tableRetries = { maxRetries: 4, retryDelayInMs: 400, maxRetryDelayInMs: 4000 };
const otherRetries: StoragePipelineOptions = {
  retryOptions: { maxTries: 5, retryDelayInMs: 400, maxRetryDelayInMs: 4000 },
};

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Plain http is for the emulator only, which is on this machine. */
const isLoopback = (connectionString: string): boolean =>
  /(?:^|;)TableEndpoint=http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/]/i.test(connectionString) ||
  /UseDevelopmentStorage=true/i.test(connectionString);

/**
 * @param settings a connection string, or addresses and an identity
 * @param credential stands in for the managed identity, in tests
 */
export function createStorageClients(settings: StorageSettings, credential?: TokenCredential): StorageClients {
  const tableOptions: TableServiceClientOptions = {
    retryOptions: tableRetries,
    additionalPolicies: [{ policy: removalEtagPolicy, position: 'perCall' }],
    allowInsecureConnection: 'connectionString' in settings && isLoopback(settings.connectionString),
  };
  const identity = lazily(() => {
    const clientId = 'connectionString' in settings ? undefined : settings.managedIdentityClientId;
    return credential ?? new ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
  });
  const tables = lazily(() =>
    'connectionString' in settings
      ? TableServiceClient.fromConnectionString(settings.connectionString, tableOptions)
      : new TableServiceClient(settings.tableServiceUri, identity(), tableOptions),
  );
  const queues = lazily(() =>
    'connectionString' in settings
      ? QueueServiceClient.fromConnectionString(settings.connectionString, otherRetries)
      : new QueueServiceClient(settings.queueServiceUri, identity(), otherRetries),
  );
  const blobs = lazily(() =>
    'connectionString' in settings
      ? BlobServiceClient.fromConnectionString(settings.connectionString, otherRetries)
      : new BlobServiceClient(settings.blobServiceUri, identity(), otherRetries),
  );
  const byName = new Map<string, TableClient>();

  return {
    get tables() {
      return tables();
    },
    get queues() {
      return queues();
    },
    get blobs() {
      return blobs();
    },
    table(name) {
      let client = byName.get(name);
      if (!client) {
        client =
          'connectionString' in settings
            ? TableClient.fromConnectionString(settings.connectionString, name, tableOptions)
            : new TableClient(settings.tableServiceUri, name, identity(), tableOptions);
        byName.set(name, client);
      }
      return client;
    },
    timeLimit: () => AbortSignal.timeout(operationLimitMs),
  };
}
