import { ConfidentialClientApplication, type INetworkModule, type NodeAuthOptions } from '@azure/msal-node';
import type { Settings } from '../settings.ts';
import type { Cloud } from './clouds.ts';
import { identityAssertion } from './identity-assertion.ts';
import { readCertificate } from './read-certificate.ts';

/**
 * The sign-in library's client for one tenant. One for each use: what it was given is gone with it, and nothing can be
 * had from its cache.
 *
 * @param limitMs for the managed identity's token, milliseconds
 * @throws EntraError `credential-refused`
 */
export function signInClient(
  { clientId, credential }: Settings['entra'],
  cloud: Cloud,
  tenantId: string,
  networkClient: INetworkModule,
  limitMs: number,
): ConfidentialClientApplication {
  const authority = `${cloud.authorityHost}/${tenantId}`;
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      authority,
      // All that it would otherwise ask Microsoft for, about a simulator or a proxy too.
      knownAuthorities: [new URL(authority).host],
      authorityMetadata: JSON.stringify({
        issuer: `${cloud.issuerHost}/${tenantId}/v2.0`,
        authorization_endpoint: `${cloud.loginUrl}/${tenantId}/oauth2/v2.0/authorize`,
        token_endpoint: `${authority}/oauth2/v2.0/token`,
        jwks_uri: `${authority}/discovery/v2.0/keys`,
      }),
      ...proof(),
    },
    system: { networkClient },
  });

  function proof(): Pick<NodeAuthOptions, 'clientSecret' | 'clientAssertion' | 'clientCertificate'> {
    switch (credential.kind) {
      case 'federated':
        return { clientAssertion: () => identityAssertion(credential.managedIdentityClientId, cloud, limitMs) };
      case 'certificate': {
        const { thumbprint, privateKey } = readCertificate(credential.pem);
        return { clientCertificate: { thumbprintSha256: thumbprint, privateKey } };
      }
      case 'secret':
        return { clientSecret: credential.secret };
    }
  }
}
