import { expect, it } from 'vitest';

import { compareSettings, settingsRead } from '../../infra/checks/settings-read.ts';

it('what the app reads is found by asking it: every credential, cloud and type of destination', () => {
  const read = settingsRead();
  for (const name of [
    'PUBLIC_URL',
    'ENTRA_CERTIFICATE',
    'ENTRA_CLIENT_SECRET',
    'ENTRA_MANAGED_IDENTITY_CLIENT_ID',
    'CUSTOM_AUTHORITY_HOST',
    'LIST_SCHEDULE',
    'RelayStorage__tableServiceUri',
    'DESTINATION_<NAME>_PATH',
    'DESTINATION_<NAME>_SECRET',
    'DESTINATION_<NAME>_CONTAINER',
  ]) {
    expect(read, name).toContain(name);
  }
});

it('a setting that one side lacks is found', () => {
  const read = settingsRead();
  const set = new Set([...read].filter((name) => !/^CUSTOM_|^RelayStorage$|_PATH$/.test(name)));
  expect(compareSettings(read, set)).toEqual([]);
  expect(compareSettings(read, new Set([...set].filter((name) => name !== 'CLOUD')))).toEqual([
    'The app reads CLOUD, which no Bicep file sets.',
  ]);
  expect(compareSettings(read, new Set([...set, 'COLOUR']))).toEqual([
    'Bicep sets COLOUR, which the app does not read.',
  ]);
  expect(compareSettings(read, new Set([...set, 'CUSTOM_LOGIN_URL']))).toHaveLength(1);
});
