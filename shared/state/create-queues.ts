import type { StorageClients } from './storage-clients.ts';
import { storageErrorOf } from './storage-failure.ts';

/** The queues of the app: batches, and where a batch goes after its last try. */
export const queueNames = ['content', 'content-poison'] as const;

/**
 * Makes the queues that do not exist yet, so that their triggers have something to listen to.
 * @throws StorageError
 */
export async function createQueues(clients: StorageClients): Promise<void> {
  await Promise.all(
    queueNames.map(async (name) => {
      try {
        await clients.queues.getQueueClient(name).createIfNotExists({ abortSignal: clients.timeLimit() });
      } catch (error) {
        throw storageErrorOf(error, `The queue ${name}`);
      }
    }),
  );
}
