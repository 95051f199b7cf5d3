import { createStorageClients, type StorageClients } from '../../shared/state/storage-clients.ts';
import { startStorageEmulator } from '../../local/storage-emulator.ts';

export interface TestStorage {
  readonly connectionString: string;
  readonly clients: StorageClients;
  close(): Promise<void>;
}

/** Azurite in this process, in memory, on free ports, and clients for it. */
export async function startTestStorage(): Promise<TestStorage> {
  const emulator = await startStorageEmulator();
  const { connectionString } = emulator;
  return { connectionString, clients: createStorageClients({ connectionString }), close: () => emulator.close() };
}
