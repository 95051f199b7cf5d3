import { describe, expect, it } from 'vitest';

import { SettingsError } from '../../../shared/settings.ts';
import { parseSettings } from '../../../shared/settings/parse-settings.ts';
import { makeCertificate } from '../entra/loopback.ts';
import { https, parse, problems, secret } from './settings-with.ts';

describe('all right', () => {
  it('has the defaults that are promised', () => {
    expect(parse()).toMatchObject({
      publicUrl: 'http://localhost:7071',
      returnUrl: undefined,
      operator: { name: 'Example Managed Security', contact: 'security@example.com', privacyUrl: undefined },
      publisherId: 'dddddddd-2222-3333-4444-555555555555',
      cloud: 'worldwide',
      batchSize: 20,
      tenantRequestsPerMinute: 500,
      retentionDays: 30,
      invitationDays: 7,
      destinations: [{ name: 'local', type: 'file', path: 'never-written' }],
    });
    expect(Object.keys(parse().clouds).toSorted()).toEqual(['china', 'dod', 'gcc', 'gcc-high', 'worldwide']);
  });

  it('takes an empty value for none, and spaces around one', () => {
    expect(parse({ PUBLISHER_ID: '', BATCH_SIZE: ' 30 ', CLOUD: '', LIST_SCHEDULE: '' })).toMatchObject({
      publisherId: 'dddddddd-2222-3333-4444-555555555555',
      batchSize: 30,
      cloud: 'worldwide',
    });
  });

  it('takes a federated credential by default', () => {
    const id = 'EEEEEEEE-2222-3333-4444-555555555555';
    const { entra } = parse({ ENTRA_CREDENTIAL: undefined, ENTRA_MANAGED_IDENTITY_CLIENT_ID: id });
    expect(entra.credential).toEqual({ kind: 'federated', managedIdentityClientId: id.toLowerCase() });
  });

  it('takes a certificate with its key', async () => {
    const { cert, private: key } = await makeCertificate();
    const pem = `${key}\n${cert}`;
    const { entra } = parse({ ENTRA_CREDENTIAL: 'certificate', ENTRA_CERTIFICATE: pem });
    expect(entra.credential).toEqual({ kind: 'certificate', pem: pem.trim() });
  });

  it('takes storage by identity', () => {
    const settings = parse({
      RelayStorage: undefined,
      RelayStorage__tableServiceUri: 'https://account.table.core.windows.net',
      RelayStorage__queueServiceUri: 'https://account.queue.core.windows.net',
      RelayStorage__blobServiceUri: 'https://account.blob.core.windows.net',
      RelayStorage__credential: 'managedidentity',
      RelayStorage__clientId: 'eeeeeeee-2222-3333-4444-555555555555',
    });
    expect(settings.storage).toEqual({
      tableServiceUri: 'https://account.table.core.windows.net/',
      queueServiceUri: 'https://account.queue.core.windows.net/',
      blobServiceUri: 'https://account.blob.core.windows.net/',
      managedIdentityClientId: 'eeeeeeee-2222-3333-4444-555555555555',
    });
  });

  it.each([
    'UseDevelopmentStorage=true',
    'DefaultEndpointsProtocol=https;AccountName=account;AccountKey=a2V5;EndpointSuffix=core.windows.net',
    'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:2/a;TableEndpoint=http://127.0.0.1:3/a;',
    'BlobEndpoint=https://a.blob.core.windows.net;QueueEndpoint=https://a.queue.core.windows.net;TableEndpoint=https://a.table.core.windows.net;SharedAccessSignature=sv=1&sig=x',
  ])('takes the connection string %s', (connectionString) => {
    expect(parse({ RelayStorage: connectionString }).storage).toEqual({ connectionString });
  });

  it('takes a custom cloud, whose login is its authority by default', () => {
    const { clouds } = parse({
      CLOUD: 'custom',
      CUSTOM_AUTHORITY_HOST: 'https://127.0.0.1:9443/',
      CUSTOM_MANAGEMENT_URL: 'http://127.0.0.1:9000',
    });
    expect(clouds.custom).toMatchObject({
      authorityHost: 'https://127.0.0.1:9443',
      loginUrl: 'https://127.0.0.1:9443',
      managementUrl: 'http://127.0.0.1:9000',
      managementResource: 'https://manage.office.com',
    });
  });

  it('takes several destinations, and two secrets while rotating', () => {
    const { destinations } = parse({
      ...https({ DESTINATION_SOC_SECRET: `${secret(24)}, ${secret(64)}`, DESTINATION_SOC_COMPRESSION: 'gzip' }),
      DESTINATIONS: 'soc, cold',
      DESTINATION_COLD_TYPE: 'archive',
    });
    expect(destinations).toEqual([
      {
        name: 'soc',
        type: 'https',
        url: 'https://soc.example.com/in',
        secrets: [secret(24), secret(64)],
        compression: 'gzip',
      },
      { name: 'cold', type: 'archive', container: 'archive' },
    ]);
  });

  it.each(['http://localhost:9/x', 'http://127.0.0.1:9/x', 'http://[::1]:9/x'])('sends to %s over http', (url) => {
    expect(problems(https({ DESTINATION_SOC_URL: url }))).toEqual([]);
  });

  it.each(['0 */2 * * * *', '*/5 * * * * *', '0 0 9-17 * * MON-FRI', '15,45 0 0/6 1 JAN,Jul *', '*/10 * * * *'])(
    'takes the schedule %s',
    (schedule) => {
      expect(problems({ LIST_SCHEDULE: schedule })).toEqual([]);
    },
  );
});

describe('all wrong', () => {
  it('names every missing setting at once, one sentence each', () => {
    expect.assertions(12);
    try {
      parseSettings({});
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      const missing = error.problems.map((problem) => problem.split(' ')[0]);
      expect(missing.toSorted()).toEqual([
        'DESTINATIONS',
        'ENTRA_CLIENT_ID',
        'ENTRA_MANAGED_IDENTITY_CLIENT_ID',
        'ENTRA_TENANT_ID',
        'OPERATOR_NAME',
        'PUBLIC_URL',
        'RelayStorage',
      ]);
      for (const problem of error.problems) expect(problem).toMatch(/^\w+ is missing: [^.]*[.]?[^.]*\.$/);
      expect(error.message).toBe(error.problems.join(' '));
      expect(new Set(error.problems).size).toBe(error.problems.length);
      expect(error.name).toBe('SettingsError');
      expect(error.problems.join(' ')).not.toMatch(/undefined|NaN/);
    }
  });

  it('names every wrong setting at once, with the setting first and its value never', () => {
    const value = 'this-is-wrong';
    const names = [
      'RelayStorage',
      'PUBLIC_URL',
      'RETURN_URL',
      'OPERATOR_PRIVACY_URL',
      'ENTRA_CLIENT_ID',
      'ENTRA_TENANT_ID',
      'ENTRA_CREDENTIAL',
      'PUBLISHER_ID',
      'CLOUD',
      'LIST_SCHEDULE',
      'BATCH_SIZE',
      'TENANT_REQUESTS_PER_MINUTE',
      'RETENTION_DAYS',
      'INVITATION_DAYS',
      'DESTINATION_LOCAL_TYPE',
    ];
    const found = problems(Object.fromEntries(names.map((name) => [name, value])));
    expect(found.map((problem) => problem.split(' ')[0]).toSorted()).toEqual(names.toSorted());
    for (const problem of found) expect(problem).toMatch(/^\w+ must .*\.$/);
    expect(found.join(' ')).not.toContain(value);
  });
});
