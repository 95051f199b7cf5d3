import type { ContentQueue } from './content-queue.ts';
import { checkMessage } from './message-rules.ts';
import type { StorageClients } from './storage-clients.ts';
import { readStorageFailure, storageErrorOf } from './storage-failure.ts';

/** A queue of the storage account, made when the first message finds it missing. */
export function createAzureQueue(clients: StorageClients, name: string): ContentQueue {
  return {
    async send(text, delaySeconds) {
      const visibilityTimeout = checkMessage(text, delaySeconds);
      const client = clients.queues.getQueueClient(name);
      const attempt = async (): Promise<void> => {
        await client.sendMessage(text, {
          messageTimeToLive: -1,
          visibilityTimeout,
          abortSignal: clients.timeLimit(),
        });
      };
      try {
        await attempt();
      } catch (error) {
        if (readStorageFailure(error).code !== 'QueueNotFound') throw storageErrorOf(error, `The queue ${name}`);
        try {
          await client.createIfNotExists({ abortSignal: clients.timeLimit() });
          await attempt();
        } catch (again) {
          throw storageErrorOf(again, `The queue ${name}`);
        }
      }
    },
  };
}
