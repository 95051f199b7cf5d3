import { createHash, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../../../local/simulator/simulator.ts';
import { startSimulator } from '../../../local/simulator/start-simulator.ts';
import { systemClock } from '../../../shared/clock.ts';
import { createSignIn, type SignInDependencies } from '../../../shared/entra/create-sign-in.ts';
import { customCloud } from '../../../shared/entra/custom-cloud.ts';
import type { SignIn, SignInRequest } from '../../../shared/entra/sign-in.ts';
import { answerOfMicrosoft } from '../../support/browser.ts';
import { clientId, clientSecret, contoso, fabrikam, home, publicUrl, trust } from '../../support/relay-environment.ts';
import { makeCertificate, rejection } from './loopback.ts';

let simulator: Simulator;
let signIn: SignIn;

const asked: SignInRequest = {
  tenant: { tenantId: contoso.tenantId, cloud: 'custom' },
  state: 'the state',
  nonce: 'the nonce',
  verifier: 'v'.repeat(43),
};

const signInBy = (change: Partial<SignInDependencies> = {}): SignIn =>
  createSignIn({
    entra: { clientId, tenantId: home.tenantId, credential: { kind: 'secret', secret: clientSecret } },
    clouds: {
      custom: customCloud({
        authorityHost: simulator.authorityUrl,
        loginUrl: simulator.loginUrl,
        managementUrl: simulator.managementUrl,
      }),
    },
    publicUrl,
    clock: systemClock,
    ...change,
  });

beforeAll(async () => {
  simulator = await startSimulator({
    tenants: [contoso, fabrikam, home],
    clientSecrets: { [clientId]: clientSecret },
  });
  trust(simulator.certificate);
});
beforeEach(() => {
  simulator.switches.reset();
  signIn = signInBy();
});
afterAll(() => simulator.close());

/** Signs in as that person. @returns the code */
async function codeOf(account: string, request = asked, by = signIn): Promise<string> {
  const back = await answerOfMicrosoft(await by.location(request), 'accept', account);
  const code = new URL(back, publicUrl).searchParams.get('code');
  if (code === null) throw new Error(`No code came back: ${back}`);
  return code;
}

describe('the address of the sign-in', () => {
  it('is that of the tenant, with PKCE and nonce, and without offline_access', async () => {
    const url = new URL(await signIn.location(asked));
    expect(url.origin + url.pathname).toBe(`${simulator.loginUrl}/${contoso.tenantId}/oauth2/v2.0/authorize`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: clientId,
      response_type: 'code',
      response_mode: 'query',
      redirect_uri: `${publicUrl}/signin/callback`,
      scope: 'openid profile User.Read',
      state: 'the state',
      nonce: 'the nonce',
      code_challenge: createHash('sha256').update(asked.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      prompt: 'select_account',
    });
    expect(url.href).not.toContain(asked.verifier);
  });
});

describe('a sign-in', () => {
  it('gives the person of the ID token', async () => {
    const person = await signIn.redeem(asked, await codeOf(`admin:${contoso.tenantId}`));
    expect(person).toEqual({
      tenantId: contoso.tenantId,
      objectId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      name: 'Alex Admin',
      username: 'admin@contoso.example',
      roles: [],
    });
  });
});
