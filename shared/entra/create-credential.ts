import {
  type AccessToken,
  AuthenticationError,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  type TokenCredential,
  type TokenCredentialOptions,
} from '@azure/identity';
import type { Settings } from '../settings.ts';
import { type Cloud, microsoftClouds } from './clouds.ts';
import { identityAssertion } from './identity-assertion.ts';
import { readCertificate } from './read-certificate.ts';
import { type RefusedMetadata, requestLimitPolicy } from './request-limit-policy.ts';

/**
 * A new credential object for one tenant. Its cache is empty, so its token comes from Microsoft: what the identity
 * library has cached cannot be had fresh otherwise, and a token may be worthless long before it expires.
 *
 * @param tenantId the customer's tenant, not ours
 * @param limitMs for each request of the identity library, its retries included, milliseconds
 */
export function createCredential(
  entra: Settings['entra'],
  cloud: Cloud,
  tenantId: string,
  limitMs = 30_000,
): TokenCredential {
  return {
    async getToken(scopes, getTokenOptions): Promise<AccessToken | null> {
      const refusals: RefusedMetadata[] = [];
      const options = optionsFor(cloud, limitMs, (answer) => refusals.push(answer));
      try {
        return await credentialFor(entra, cloud, tenantId, limitMs, options).getToken(scopes, getTokenOptions);
      } catch (fault) {
        const refused = refusals.at(-1);
        if (refused === undefined) throw fault;
        throw new AuthenticationError(refused.status, refused.body);
      }
    },
  };
}

type Options = TokenCredentialOptions & { disableInstanceDiscovery: boolean };

function optionsFor({ authorityHost }: Cloud, limitMs: number, onRefused: (answer: RefusedMetadata) => void): Options {
  return {
    authorityHost,
    // Asking Microsoft whether it knows the authority makes no sense for one that is not Microsoft's.
    disableInstanceDiscovery: !Object.values(microsoftClouds).some((known) => known.authorityHost === authorityHost),
    retryOptions: { maxRetries: 1, retryDelayInMs: 500, maxRetryDelayInMs: 5_000 },
    additionalPolicies: [requestLimitPolicy(limitMs, onRefused)],
  };
}

function credentialFor(
  entra: Settings['entra'],
  cloud: Cloud,
  tenantId: string,
  limitMs: number,
  options: Options,
): TokenCredential {
  const { clientId, credential } = entra;
  switch (credential.kind) {
    case 'federated':
      return new ClientAssertionCredential(
        tenantId,
        clientId,
        () => identityAssertion(credential.managedIdentityClientId, cloud, limitMs),
        options,
      );
    case 'certificate':
      // The identity library's own complaint would quote the text.
      readCertificate(credential.pem);
      return new ClientCertificateCredential(tenantId, clientId, { certificate: credential.pem }, options);
    case 'secret':
      return new ClientSecretCredential(tenantId, clientId, credential.secret, options);
  }
}
