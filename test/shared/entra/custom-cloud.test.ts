import { expect, it } from 'vitest';
import { customCloud } from '../../../shared/entra/custom-cloud.ts';

it('fills in what is not set and drops slashes at the end', () => {
  expect(customCloud({ authorityHost: 'https://login.test/', managementUrl: 'http://127.0.0.1:9000/' })).toEqual({
    authorityHost: 'https://login.test',
    loginUrl: 'https://login.test',
    issuerHost: 'https://login.microsoftonline.com',
    managementUrl: 'http://127.0.0.1:9000',
    managementResource: 'https://manage.office.com',
    assertionAudience: 'api://AzureADTokenExchange',
  });
});

it('takes what is set', () => {
  expect(
    customCloud({
      authorityHost: 'https://login.test',
      loginUrl: 'http://login.test:81',
      managementUrl: 'http://127.0.0.1:9000',
      managementResource: 'https://manage.test',
    }),
  ).toMatchObject({ loginUrl: 'http://login.test:81', managementResource: 'https://manage.test' });
});
