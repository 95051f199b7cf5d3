import { QueueServiceClient } from '@azure/storage-queue';

type Environment = Readonly<Record<string, string | undefined>>;

// The listener itself tries again, and a host that is being stopped must not wait for long back-offs.
const options = { retryOptions: { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 } };

/**
 * Opens the queues of a connection: the setting `<name>` holds a connection string, or `<name>__queueServiceUri` (or
 * `__accountName`) an address, with `__credential=managedidentity` and `__clientId` for the identity.
 * @throws Error that names the settings that are missing
 */
export async function openQueueService(name: string, environment: Environment): Promise<QueueServiceClient> {
  const connectionString = environment[name];
  if (connectionString) return QueueServiceClient.fromConnectionString(connectionString, options);
  const account = environment[`${name}__accountName`];
  const uri = environment[`${name}__queueServiceUri`] ?? (account && `https://${account}.queue.core.windows.net`);
  if (!uri) {
    throw new Error(`Connection '${name}' is missing; set ${name} (a connection string) or ${name}__queueServiceUri.`);
  }
  // Loaded only here: on a laptop the connection is a string, and the library takes half a second to load.
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
  const clientId = environment[`${name}__clientId`];
  const credential =
    environment[`${name}__credential`]?.toLowerCase() === 'managedidentity'
      ? new ManagedIdentityCredential(clientId ? { clientId } : {})
      : new DefaultAzureCredential();
  return new QueueServiceClient(uri, credential, options);
}
