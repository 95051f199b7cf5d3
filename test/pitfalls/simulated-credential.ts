import { AuthenticationError, type TokenCredential } from '@azure/identity';

import type { Simulator } from '../../local/simulator/simulator.ts';
import type { Clock } from '../../shared/clock.ts';
import { callTls } from '../local/simulator/caller.ts';

interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
}

/** What the identity library does with the simulator's Entra, except that a token expires by our clock. */
export const simulatedCredential = (
  { authorityUrl, certificate }: Simulator,
  tenantId: string,
  clientId: string,
  clock: Clock,
): TokenCredential => ({
  async getToken(scopes) {
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: 'a secret' };
    const body = new URLSearchParams({ ...form, scope: String(scopes) }).toString();
    const reply = await callTls(`${authorityUrl}/${tenantId}/oauth2/v2.0/token`, certificate, 'POST', body);
    if (reply.status !== 200) throw new AuthenticationError(reply.status, reply.json() as object);
    const { access_token, expires_in } = reply.json() as TokenAnswer;
    return { token: access_token, expiresOnTimestamp: clock.now() + expires_in * 1000 };
  },
});
