import type { DestinationSettings } from '../settings.ts';
import type { SettingsReader } from './reader.ts';
import { checkWebAddress } from './web-address.ts';

const types = ['file', 'https', 'archive'] as const;
const namePattern = /^[a-z][a-z0-9]*$/;
// The rule of Azure Storage for container names.
const containerPattern = /^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/;

/** Where the pipeline keeps copies of contents, and from where it sweeps them away. */
const savedContainer = 'saved';

/** Reads `DESTINATIONS` and the options of each. */
export function readDestinations(reader: SettingsReader): DestinationSettings[] {
  const names = reader.list('DESTINATIONS', 'the names of your destinations, comma-separated, for example soc,archive');
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) reader.problem(`DESTINATIONS names ${repeated} twice.`);
  return [...new Set(names)].flatMap((name) => {
    if (namePattern.test(name)) return readDestination(reader, name);
    reader.problem(`DESTINATIONS: ${name} must be lower-case letters and digits, starting with a letter.`);
    return [];
  });
}

function readDestination(reader: SettingsReader, name: string): DestinationSettings[] {
  const prefix = `DESTINATION_${name.toUpperCase()}`;
  const type = reader.required(`${prefix}_TYPE`, `one of ${types.join(', ')}`);
  switch (type) {
    case 'file':
      return [{ name, type, path: reader.required(`${prefix}_PATH`, 'the folder that records are written to') }];
    case 'https':
      return [
        {
          name,
          type,
          url: readUrl(reader, `${prefix}_URL`),
          secrets: readSecrets(reader, `${prefix}_SECRET`),
          compression: reader.oneOf(`${prefix}_COMPRESSION`, ['none', 'gzip'], 'none'),
        },
      ];
    case 'archive': {
      const container = reader.optional(`${prefix}_CONTAINER`) ?? 'archive';
      if (!containerPattern.test(container)) {
        reader.problem(`${prefix}_CONTAINER must be 3 to 63 lower-case letters, digits and single dashes.`);
      }
      if (container === savedContainer) {
        reader.problem(`${prefix}_CONTAINER must not be "${savedContainer}": contents wait there for delivery.`);
      }
      return [{ name, type, container }];
    }
    default:
      if (type !== '') reader.problem(`${prefix}_TYPE must be one of ${types.join(', ')}.`);
      return [];
  }
}

function readUrl(reader: SettingsReader, setting: string): string {
  const text = reader.required(setting, 'the address that receives records');
  if (text === '') return '';
  const checked = checkWebAddress(text, { http: 'loopback', originOnly: false });
  if ('address' in checked) return checked.address;
  reader.problem(`${setting} ${checked.wrong}.`);
  return '';
}

/** Standard Webhooks asks for 24 to 64 random bytes. The value itself is never repeated in a sentence. */
function readSecrets(reader: SettingsReader, setting: string): string[] {
  const secrets = reader.list(setting, 'the signing secret, whsec_ and 24 to 64 bytes in base64');
  if (secrets.length > 2) reader.problem(`${setting} may hold two secrets at most, while rotating.`);
  for (const secret of secrets) {
    const encoded = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : '';
    const bytes = Buffer.from(encoded, 'base64');
    const isBase64 = bytes.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
    if (!isBase64 || bytes.length < 24 || bytes.length > 64) {
      reader.problem(`${setting} must be whsec_ followed by 24 to 64 bytes in base64.`);
    }
  }
  return secrets;
}
