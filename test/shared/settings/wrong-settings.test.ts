import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { makeCertificate } from '../entra/loopback.ts';
import { archive, type Change, https, problems, secret } from './settings-with.ts';

describe('one wrong', () => {
  const one: [string, Change, RegExp][] = [
    ['http beyond this machine', { PUBLIC_URL: 'http://relay.example.com' }, /^PUBLIC_URL may use http:\/\/ only for/],
    ['a path', { PUBLIC_URL: 'https://relay.example.com/app' }, /^PUBLIC_URL must be scheme, host and port only/],
    ['a password', { PUBLIC_URL: 'https://a:hidden@relay.example.com' }, /^PUBLIC_URL must not hold a user name/],
    ['script', { RETURN_URL: 'javascript:alert(1)' }, /^RETURN_URL must start with https/],
    ['script', { OPERATOR_PRIVACY_URL: 'data:text/html,x' }, /^OPERATOR_PRIVACY_URL must start with https/],
    ['a home tenant that is no GUID', { ENTRA_TENANT_ID: 'contoso.example' }, /^ENTRA_TENANT_ID must be a GUID/],
    ['a publisher that is no GUID', { PUBLISHER_ID: 'contoso' }, /^PUBLISHER_ID must be a GUID/],
    ['no secret', { ENTRA_CLIENT_SECRET: '  ' }, /^ENTRA_CLIENT_SECRET is missing/],
    [
      'an unknown credential',
      { ENTRA_CREDENTIAL: 'password' },
      /^ENTRA_CREDENTIAL must be one of federated, certificate, secret/,
    ],
    ['no certificate', { ENTRA_CREDENTIAL: 'certificate' }, /^ENTRA_CERTIFICATE is missing/],
    ['an unknown cloud', { CLOUD: 'germany' }, /^CLOUD must be one of worldwide, /],
    ['nought', { BATCH_SIZE: '0' }, /^BATCH_SIZE must be a whole number from 1 to 100/],
    ['too many', { BATCH_SIZE: '101' }, /^BATCH_SIZE must be/],
    ['a fraction', { INVITATION_DAYS: '1.5' }, /^INVITATION_DAYS must be a whole number/],
    ['a power', { RETENTION_DAYS: '1e2' }, /^RETENTION_DAYS must be a whole number/],
    ['a negative', { TENANT_REQUESTS_PER_MINUTE: '-1' }, /^TENANT_REQUESTS_PER_MINUTE must be a whole number/],
    ['words for a schedule', { LIST_SCHEDULE: 'every minute' }, /^LIST_SCHEDULE must be/],
    ['four fields', { LIST_SCHEDULE: '* * * *' }, /^LIST_SCHEDULE must be/],
    ['a second that is none', { LIST_SCHEDULE: '60 * * * * *' }, /^LIST_SCHEDULE must be/],
    ['a step of nought', { LIST_SCHEDULE: '*/0 * * * * *' }, /^LIST_SCHEDULE must be/],
    ['a range backwards', { LIST_SCHEDULE: '0 30-10 * * * *' }, /^LIST_SCHEDULE must be/],
    ['a month that is none', { LIST_SCHEDULE: '0 0 0 1 FOO *' }, /^LIST_SCHEDULE must be/],
    ['no destination', { DESTINATIONS: undefined }, /^DESTINATIONS is missing/],
    ['only commas', { DESTINATIONS: ' , ,' }, /^DESTINATIONS is missing/],
    ['capitals', { DESTINATIONS: 'SOC' }, /^DESTINATIONS: SOC must be lower-case/],
    ['a digit first', { DESTINATIONS: '1soc' }, /^DESTINATIONS: 1soc must be/],
    ['a name twice', { DESTINATIONS: 'local,local' }, /^DESTINATIONS names local twice/],
    [
      'no type',
      { DESTINATION_LOCAL_TYPE: undefined },
      /^DESTINATION_LOCAL_TYPE is missing: set it to one of file, https, archive/,
    ],
    [
      'an unknown type',
      { DESTINATION_LOCAL_TYPE: 'ftp' },
      /^DESTINATION_LOCAL_TYPE must be one of file, https, archive/,
    ],
    ['no path', { DESTINATION_LOCAL_PATH: '' }, /^DESTINATION_LOCAL_PATH is missing/],
    ['no address', https({ DESTINATION_SOC_URL: undefined }), /^DESTINATION_SOC_URL is missing/],
    [
      'an address that is none',
      https({ DESTINATION_SOC_URL: 'soc.example.com' }),
      /^DESTINATION_SOC_URL must be a full web address/,
    ],
    ['plain http', https({ DESTINATION_SOC_URL: 'http://soc.example.com' }), /^DESTINATION_SOC_URL may use http/],
    [
      'a password',
      https({ DESTINATION_SOC_URL: 'https://u:hidden@soc.example.com' }),
      /^DESTINATION_SOC_URL must not hold/,
    ],
    ['no secret', https({ DESTINATION_SOC_SECRET: undefined }), /^DESTINATION_SOC_SECRET is missing/],
    ['only commas', https({ DESTINATION_SOC_SECRET: ',' }), /^DESTINATION_SOC_SECRET is missing/],
    ['a short secret', https({ DESTINATION_SOC_SECRET: secret(23) }), /^DESTINATION_SOC_SECRET must be whsec_/],
    ['a long secret', https({ DESTINATION_SOC_SECRET: secret(65) }), /^DESTINATION_SOC_SECRET must be whsec_/],
    [
      'a secret in another alphabet',
      https({ DESTINATION_SOC_SECRET: `whsec_${'-_'.repeat(16)}` }),
      /^DESTINATION_SOC_SECRET must/,
    ],
    ['a bare secret', https({ DESTINATION_SOC_SECRET: secret(24).slice(6) }), /^DESTINATION_SOC_SECRET must be whsec_/],
    ['two wrong secrets', https({ DESTINATION_SOC_SECRET: 'hidden,hidden' }), /^DESTINATION_SOC_SECRET must be whsec_/],
    [
      'three secrets',
      https({ DESTINATION_SOC_SECRET: [1, 2, 3].map((fill) => secret(24, fill)).join() }),
      /^DESTINATION_SOC_SECRET may hold two/,
    ],
    [
      'an unknown compression',
      https({ DESTINATION_SOC_COMPRESSION: 'zip' }),
      /^DESTINATION_SOC_COMPRESSION must be one of none, gzip/,
    ],
    ['a container with capitals', archive('Archive'), /^DESTINATION_COLD_CONTAINER must be 3 to 63/],
    ['a short container', archive('ab'), /^DESTINATION_COLD_CONTAINER must be/],
    ['two dashes', archive('a--b'), /^DESTINATION_COLD_CONTAINER must be/],
    ['our own container', archive('saved'), /^DESTINATION_COLD_CONTAINER must not be "saved"/],
    [
      'storage that is no connection string',
      { RelayStorage: 'hidden' },
      /^RelayStorage must be a storage connection string/,
    ],
    [
      'storage without a key',
      { RelayStorage: 'AccountName=a;EndpointSuffix=hidden' },
      /^RelayStorage must be a storage connection string/,
    ],
    [
      'one storage address of three',
      {
        RelayStorage: '',
        RelayStorage__tableServiceUri: 'https://a.example',
        RelayStorage__blobServiceUri: 'https://b.example',
      },
      /^RelayStorage__queueServiceUri is missing/,
    ],
    [
      'an identity that is no GUID',
      {
        RelayStorage: '',
        RelayStorage__tableServiceUri: 'https://a.example',
        RelayStorage__blobServiceUri: 'https://b.example',
        RelayStorage__queueServiceUri: 'https://c.example',
        RelayStorage__clientId: 'me',
      },
      /^RelayStorage__clientId must be a GUID/,
    ],
    [
      'no addresses of a custom cloud',
      { CLOUD: 'custom', CUSTOM_AUTHORITY_HOST: 'https://a.example' },
      /^CUSTOM_MANAGEMENT_URL is missing/,
    ],
    [
      'an authority over http',
      { CLOUD: 'custom', CUSTOM_AUTHORITY_HOST: 'http://localhost', CUSTOM_MANAGEMENT_URL: 'http://a.example' },
      /^CUSTOM_AUTHORITY_HOST must start with https/,
    ],
    [
      'a login with a path',
      {
        CLOUD: 'custom',
        CUSTOM_AUTHORITY_HOST: 'https://a.example',
        CUSTOM_MANAGEMENT_URL: 'http://a.example',
        CUSTOM_LOGIN_URL: 'https://a.example/login',
      },
      /^CUSTOM_LOGIN_URL must be scheme/,
    ],
  ];
  it.each(one)('%s: %j', (_, change, sentence) => {
    const found = problems(change);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(sentence);
    expect(found[0]).toMatch(/\.$/);
    expect(found[0]).not.toContain('hidden');
    expect(found[0]).not.toContain('BwcHBw');
  });

  it('a certificate that is no PEM, has no key, or another one’s', async () => {
    const { cert, private: key } = await makeCertificate();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    for (const pem of ['hidden', cert, key, `${broken}\n${key}`, `${cert}\n${other}`]) {
      const found = problems({ ENTRA_CREDENTIAL: 'certificate', ENTRA_CERTIFICATE: pem });
      expect(found).toEqual(['ENTRA_CERTIFICATE must be PEM text with a certificate and its private key.']);
    }
  });
});
