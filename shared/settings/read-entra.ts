import { createPrivateKey, X509Certificate } from 'node:crypto';

import { type CloudName, type Clouds, deploymentClouds, microsoftClouds } from '../entra/clouds.ts';
import { customCloud } from '../entra/custom-cloud.ts';
import type { CredentialSettings } from '../settings.ts';
import type { SettingsReader } from './reader.ts';
import { checkWebAddress, type WebAddressRules } from './web-address.ts';

/** Reads which credential proves the app to Entra, and the one setting that it needs. */
export function readCredential(reader: SettingsReader): CredentialSettings {
  const before = reader.problems.length;
  const kind = reader.oneOf('ENTRA_CREDENTIAL', ['federated', 'certificate', 'secret'], 'federated');
  // Which other setting a misspelt one needs cannot be said.
  if (reader.problems.length > before) return { kind: 'secret', secret: '' };
  switch (kind) {
    case 'federated': {
      const name = 'ENTRA_MANAGED_IDENTITY_CLIENT_ID';
      return { kind, managedIdentityClientId: reader.guid(name, reader.required(name, 'the identity’s client ID')) };
    }
    case 'certificate': {
      const pem = reader.required('ENTRA_CERTIFICATE', 'the certificate and its private key as PEM text');
      if (pem !== '' && !holdsCertificateAndKey(pem)) {
        reader.problem('ENTRA_CERTIFICATE must be PEM text with a certificate and its private key.');
      }
      return { kind, pem };
    }
    case 'secret':
      return { kind, secret: reader.required('ENTRA_CLIENT_SECRET', 'the client secret of the app registration') };
  }
}

function holdsCertificateAndKey(pem: string): boolean {
  try {
    return new X509Certificate(pem).checkPrivateKey(createPrivateKey(pem));
  } catch {
    return false;
  }
}

/** Reads `CLOUD` and, for `custom`, its addresses. */
export function readClouds(reader: SettingsReader): { cloud: CloudName; clouds: Clouds } {
  const cloud = reader.oneOf('CLOUD', deploymentClouds, 'worldwide');
  if (cloud !== 'custom') return { cloud, clouds: microsoftClouds };
  const address = (name: string, text: string, rules: WebAddressRules): string => {
    if (text === '') return '';
    const checked = checkWebAddress(text, rules);
    if ('address' in checked) return checked.address;
    reader.problem(`${name} ${checked.wrong}.`);
    return '';
  };
  const origin = (name: string, purpose: string, http: WebAddressRules['http']): string =>
    address(name, reader.required(name, purpose), { http, originOnly: true });
  const authorityHost = origin('CUSTOM_AUTHORITY_HOST', 'where tokens come from', 'never');
  const managementUrl = origin('CUSTOM_MANAGEMENT_URL', 'where the Activity API answers', 'anywhere');
  const login = reader.optional('CUSTOM_LOGIN_URL');
  const resource = reader.optional('CUSTOM_MANAGEMENT_RESOURCE') ?? microsoftClouds.worldwide.managementResource;
  const custom = customCloud({
    authorityHost,
    loginUrl:
      login === undefined ? undefined : address('CUSTOM_LOGIN_URL', login, { http: 'anywhere', originOnly: true }),
    managementUrl,
    managementResource: address('CUSTOM_MANAGEMENT_RESOURCE', resource, { http: 'anywhere', originOnly: true }),
  });
  return { cloud, clouds: { ...microsoftClouds, custom } };
}
