import type { StorageSettings } from '../settings.ts';
import type { SettingsReader } from './reader.ts';
import { checkWebAddress } from './web-address.ts';

/** Reads a storage connection in either of the forms that Azure Functions knows. */
export function readStorage(reader: SettingsReader, name: string): StorageSettings {
  const connectionString = reader.optional(name);
  if (connectionString !== undefined) return { connectionString };
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
  return {
    tableServiceUri: uris.table,
    queueServiceUri: uris.queue,
    blobServiceUri: uris.blob,
    managedIdentityClientId: reader.optional(`${name}__clientId`),
  };
}
