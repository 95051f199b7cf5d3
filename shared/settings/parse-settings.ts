import { type Settings, SettingsError } from '../settings.ts';
import { checkSchedule } from './list-schedule.ts';
import { readDestinations } from './read-destinations.ts';
import { readClouds, readCredential } from './read-entra.ts';
import { readStorage } from './read-storage.ts';
import { createSettingsReader, type Environment, type SettingsReader } from './reader.ts';
import { checkWebAddress, type WebAddressRules } from './web-address.ts';

/**
 * Every app setting, read once.
 * @throws SettingsError that names all missing and wrong settings at once
 */
export function parseSettings(environment: Environment): Settings {
  const reader = createSettingsReader(environment);
  const tenantId = reader.guid('ENTRA_TENANT_ID', reader.required('ENTRA_TENANT_ID', 'the app’s home tenant ID'));
  const publisherId = reader.optional('PUBLISHER_ID');
  checkSchedule(reader);
  const settings: Settings = {
    publicUrl: webAddress(reader, 'PUBLIC_URL', reader.required('PUBLIC_URL', 'where browsers reach the app'), {
      http: 'loopback',
      originOnly: true,
    }),
    returnUrl: optionalWebAddress(reader, 'RETURN_URL'),
    operator: {
      name: reader.required('OPERATOR_NAME', 'the name that administrators see when they are asked for consent'),
      contact: reader.optional('OPERATOR_CONTACT'),
      privacyUrl: optionalWebAddress(reader, 'OPERATOR_PRIVACY_URL'),
    },
    entra: {
      clientId: reader.guid('ENTRA_CLIENT_ID', reader.required('ENTRA_CLIENT_ID', 'the app registration’s client ID')),
      tenantId,
      credential: readCredential(reader),
    },
    publisherId: publisherId === undefined ? tenantId : reader.guid('PUBLISHER_ID', publisherId),
    ...readClouds(reader),
    storage: readStorage(reader, 'RelayStorage'),
    batchSize: reader.integer('BATCH_SIZE', { least: 1, most: 100, otherwise: 20 }),
    tenantRequestsPerMinute: reader.integer('TENANT_REQUESTS_PER_MINUTE', { least: 1, most: 60_000, otherwise: 500 }),
    retentionDays: reader.integer('RETENTION_DAYS', { least: 8, most: 3650, otherwise: 30 }),
    invitationDays: reader.integer('INVITATION_DAYS', { least: 1, most: 90, otherwise: 7 }),
    destinations: readDestinations(reader),
  };
  if (reader.problems.length > 0) throw new SettingsError(reader.problems);
  return settings;
}

function webAddress(reader: SettingsReader, name: string, text: string, rules: WebAddressRules): string {
  if (text === '') return '';
  const checked = checkWebAddress(text, rules);
  if ('address' in checked) return checked.address;
  reader.problem(`${name} ${checked.wrong}.`);
  return '';
}

const optionalWebAddress = (reader: SettingsReader, name: string): string | undefined => {
  const text = reader.optional(name);
  return text === undefined ? undefined : webAddress(reader, name, text, { http: 'loopback', originOnly: false });
};
