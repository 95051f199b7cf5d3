import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings.ts';
import { checkedPerson } from './checked-person.ts';
import type { Cloud, Clouds, TenantAddress } from './clouds.ts';
import { type SignIn, SignInError } from './sign-in.ts';
import { signInClient } from './sign-in-client.ts';
import { signInErrorOf } from './sign-in-error-of.ts';
import { signInNetwork } from './sign-in-network.ts';

export interface SignInDependencies {
  readonly entra: Settings['entra'];
  readonly clouds: Clouds;
  /** Origin where browsers reach the app. */
  readonly publicUrl: string;
  readonly clock: Pick<Clock, 'now'>;
  /** For each request to Microsoft, milliseconds; 10 s. */
  readonly limitMs?: number;
}

/** What is asked for; with `offline_access` an administrator would be asked for lasting access as well. */
const scopes = ['openid', 'profile', 'User.Read'];

/** Signs people in by @azure/msal-node, always in a tenant by its GUID and never in `common`. */
export function createSignIn({ entra, clouds, publicUrl, clock, limitMs = 10_000 }: SignInDependencies): SignIn {
  const redirectUri = `${publicUrl}/signin/callback`;
  const network = signInNetwork(limitMs, scopes);
  const clientFor = (cloud: Cloud, tenantId: string) => signInClient(entra, cloud, tenantId, network, limitMs);

  function cloudOf({ tenantId, cloud }: TenantAddress): Cloud {
    const found = clouds[cloud];
    if (found !== undefined) return found;
    const message = `Tenant ${tenantId} is in cloud "${cloud}", which this deployment does not have; set CLOUD.`;
    throw new SignInError(message, { kind: 'refused' });
  }

  return {
    async location({ tenant, state, nonce, verifier, chooseAccount }) {
      try {
        const { tenantId } = tenant;
        const url = new URL(
          await clientFor(cloudOf(tenant), tenantId).getAuthCodeUrl({
            scopes,
            redirectUri,
            state,
            nonce,
            codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
            codeChallengeMethod: 'S256',
            ...(chooseAccount && { prompt: 'select_account' }),
          }),
        );
        url.searchParams.set('scope', scopes.join(' '));
        return url.href;
      } catch (fault) {
        throw signInErrorOf(fault, tenant.tenantId);
      }
    },

    async redeem({ tenant, nonce, verifier }, code) {
      const { tenantId } = tenant;
      try {
        const cloud = cloudOf(tenant);
        const { idTokenClaims } = await clientFor(cloud, tenantId).acquireTokenByCode({
          code,
          scopes,
          redirectUri,
          nonce,
          codeVerifier: verifier,
        });
        return checkedPerson(idTokenClaims, { cloud, tenantId, clientId: entra.clientId, nonce, now: clock.now() });
      } catch (fault) {
        throw signInErrorOf(fault, tenantId);
      }
    },
  };
}
