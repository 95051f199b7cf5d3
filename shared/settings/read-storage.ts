import type { StorageSettings } from '../settings.ts';
import { createStorageClients } from '../state/storage-clients.ts';
import type { SettingsReader } from './reader.ts';
import { checkWebAddress } from './web-address.ts';

/** Reads a storage connection in either of the forms that Azure Functions knows. */
export function readStorage(reader: SettingsReader, name: string): StorageSettings {
  const connectionString = reader.optional(name);
  if (connectionString !== undefined) {
    if (!isConnectionString(connectionString)) {
      reader.problem(
        `${name} must be a storage connection string: copy it whole from the storage account’s access keys.`,
      );
    }
    return { connectionString };
  }
  const service = (kind: 'table' | 'queue' | 'blob'): string => {
    const setting = `${name}__${kind}ServiceUri`;
    const text = reader.optional(setting);
    if (text === undefined) return '';
    const checked = checkWebAddress(text, { http: 'loopback', originOnly: false });
    if ('address' in checked) return checked.address;
    reader.problem(`${setting} ${checked.wrong}.`);
    return '';
  };
  const uris = { table: service('table'), queue: service('queue'), blob: service('blob') };
  const missing = (['table', 'queue', 'blob'] as const).filter(
    (kind) => reader.optional(`${name}__${kind}ServiceUri`) === undefined,
  );
  if (missing.length === 3) {
    reader.problem(
      `${name} is missing: set it to a storage connection string, or set ${name}__tableServiceUri, ` +
        `${name}__queueServiceUri and ${name}__blobServiceUri.`,
    );
  } else {
    for (const kind of missing) reader.problem(`${name}__${kind}ServiceUri is missing: the other addresses are set.`);
  }
  reader.oneOf(`${name}__credential`, ['managedidentity'], 'managedidentity');
  const identity = reader.optional(`${name}__clientId`);
  return {
    tableServiceUri: uris.table,
    queueServiceUri: uris.queue,
    blobServiceUri: uris.blob,
    managedIdentityClientId: identity === undefined ? undefined : reader.guid(`${name}__clientId`, identity),
  };
}

/** The client libraries read it themselves, and say so only when they are made; nothing is connected for it. */
function isConnectionString(connectionString: string): boolean {
  try {
    const { tables, queues, blobs } = createStorageClients({ connectionString });
    return [tables.url, queues.url, blobs.url].every((url) => URL.canParse(url));
  } catch {
    return false;
  }
}
