import { constants, createHash, verify, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../../../local/simulator/simulator.ts';
import { startSimulator } from '../../../local/simulator/start-simulator.ts';
import { systemClock } from '../../../shared/clock.ts';
import { createSignIn, type SignInDependencies } from '../../../shared/entra/create-sign-in.ts';
import { microsoftClouds } from '../../../shared/entra/clouds.ts';
import { customCloud } from '../../../shared/entra/custom-cloud.ts';
import type { SignIn, SignInRequest } from '../../../shared/entra/sign-in.ts';
import { answerOfMicrosoft } from '../../support/browser.ts';
import { clientId, clientSecret, contoso, fabrikam, home, publicUrl, trust } from '../../support/relay-environment.ts';
import { rejection } from '../../support/rejection.ts';
import { makeCertificate, startLogin } from './loopback.ts';
import { type Platform, startPlatform } from './platform.ts';

let simulator: Simulator;
let platform: Platform;
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
  platform = await startPlatform();
});
beforeEach(() => {
  simulator.switches.reset();
  signIn = signInBy();
});
afterAll(async () => {
  await platform.close();
  await simulator.close();
});

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
    });
    expect(url.href).not.toContain(asked.verifier);
  });

  it('lets the person choose an account only where that is wanted', async () => {
    const prompt = async (chooseAccount: boolean) =>
      new URL(await signIn.location({ ...asked, chooseAccount })).searchParams.get('prompt');
    expect(await prompt(true)).toBe('select_account');
    expect(await prompt(false)).toBeNull();
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

  it('gives the roles of the home tenant', async () => {
    const request = { ...asked, tenant: { tenantId: home.tenantId, cloud: 'custom' } } as const;
    const rolesOf = async (who: string) =>
      (await signIn.redeem(request, await codeOf(`${who}:${home.tenantId}`, request))).roles;
    expect(await rolesOf('operator')).toEqual(['Operator']);
    expect(await rolesOf('reader')).toEqual(['Reader']);
    expect(await rolesOf('nobody')).toEqual([]);
  });

  it('is redeemed once, with the verifier, in its tenant', async () => {
    const refusedBy = async (request: SignInRequest, code: string) => await rejection(signIn.redeem(request, code));
    const account = `admin:${contoso.tenantId}`;
    const code = await codeOf(account);
    await signIn.redeem(asked, code);
    expect(await refusedBy(asked, code)).toMatchObject({ kind: 'refused', code: 'AADSTS54005' });
    const other = { ...asked, verifier: 'w'.repeat(43) };
    expect(await refusedBy(other, await codeOf(account))).toMatchObject({ kind: 'refused', code: 'AADSTS501481' });
    const foreign = { ...asked, tenant: { tenantId: fabrikam.tenantId, cloud: 'custom' } } as const;
    expect(await refusedBy(foreign, await codeOf(account))).toMatchObject({ kind: 'refused', code: 'AADSTS700005' });
    expect(await refusedBy(asked, 'made-up')).toMatchObject({ kind: 'refused', code: 'AADSTS9002313' });
    expect(await refusedBy({ ...asked, nonce: 'another' }, await codeOf(account))).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['refused', { iss: 'https://login.microsoftonline.us/11111111-2222-3333-4444-555555555555/v2.0' }],
    ['refused', { aud: home.tenantId }],
    ['refused', { nonce: 'another' }],
    ['refused', { nonce: null }],
    ['refused', { exp: 1 }],
    ['refused', { nbf: 4_102_444_800 }],
    ['refused', { ver: '1.0' }],
    ['refused', { oid: null }],
    ['wrong-tenant', { tid: fabrikam.tenantId, roles: ['Operator'] }],
    ['wrong-tenant', { tid: '9188040d-6c67-4c5b-b112-36a304b66dad' }],
    ['refused', 'none'],
  ] as const)('is %s with an ID token that says %j', async (kind, forged) => {
    simulator.switches.set('forged-id-token', forged);
    const code = await codeOf(`admin:${contoso.tenantId}`);
    expect(await rejection(signIn.redeem(asked, code))).toMatchObject({ name: 'SignInError', kind });
  });
});

describe('our own credential', () => {
  const account = `user:${contoso.tenantId}`;
  const withCredential = (credential: SignInDependencies['entra']['credential']) =>
    signInBy({ entra: { clientId, tenantId: home.tenantId, credential } });
  const proofOf = async (credential: SignInDependencies['entra']['credential']): Promise<URLSearchParams> => {
    const login = await startLogin();
    const entra = { clientId, tenantId: home.tenantId, credential };
    await rejection(signInBy({ entra, clouds: login.clouds }).redeem(asked, 'code'));
    await login.close();
    return login.requests[0]?.form ?? new URLSearchParams();
  };

  it('is a secret, and refused if it is another', async () => {
    const wrong = withCredential({ kind: 'secret', secret: 'not the secret' });
    const error = await rejection(wrong.redeem(asked, await codeOf(account)));
    expect(error).toMatchObject({ kind: 'credential-refused', code: 'AADSTS7000215' });
    expect(String(error)).not.toContain('not the secret');
  });

  it('is a certificate', async () => {
    const { private: key, cert } = await makeCertificate();
    const by = withCredential({ kind: 'certificate', pem: `${cert}\n${key}` });
    expect((await by.redeem(asked, await codeOf(account, asked, by))).name).toBe('Kim User');
  });

  it('signs as the certificate, for this tenant', async () => {
    const { private: key, cert } = await makeCertificate();
    const assertion = (await proofOf({ kind: 'certificate', pem: `${cert}\n${key}` })).get('client_assertion') ?? '';
    const [header, payload] = assertion
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown);
    const certificate = new X509Certificate(cert);
    const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
    expect(header).toMatchObject({ alg: 'PS256', 'x5t#S256': thumbprint });
    const aud = expect.stringMatching(new RegExp(`/${contoso.tenantId}/oauth2/v2.0/token$`)) as string;
    expect(payload).toMatchObject({ iss: clientId, sub: clientId, aud });
    const [text, signature] = [assertion.slice(0, assertion.lastIndexOf('.')), assertion.split('.')[2] ?? ''];
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const pss = { key: certificate.publicKey, padding, saltLength: 32 };
    expect(verify('sha256', Buffer.from(text), pss, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('is refused as a certificate that cannot be read, without quoting it', async () => {
    const by = withCredential({ kind: 'certificate', pem: 'no PEM' });
    for (const error of [await rejection(by.location(asked)), await rejection(by.redeem(asked, 'code'))]) {
      expect(error).toMatchObject({ name: 'SignInError', kind: 'credential-refused' });
      expect(String(error)).not.toContain('no PEM');
    }
  });

  it('is the managed identity', async () => {
    const by = withCredential({ kind: 'federated', managedIdentityClientId: 'eeeeeeee-2222-3333-4444-000000000001' });
    platform.status = 200;
    expect((await by.redeem(asked, await codeOf(account, asked, by))).name).toBe('Kim User');
    const proof = await proofOf({ kind: 'federated', managedIdentityClientId: 'eeeeeeee-2222-3333-4444-000000000001' });
    expect(proof.get('client_assertion')).toBe('identity.own.token');
  });

  it('is refused when the managed identity gives no token', async () => {
    const by = withCredential({ kind: 'federated', managedIdentityClientId: 'eeeeeeee-2222-3333-4444-000000000002' });
    platform.status = 400;
    const error = await rejection(by.redeem(asked, await codeOf(account, asked, by)));
    expect(error).toMatchObject({ name: 'SignInError', kind: 'credential-refused' });
  });
});

describe('a token endpoint in trouble', () => {
  const redeem = async (by = signIn) => await rejection(by.redeem(asked, await codeOf(`admin:${contoso.tenantId}`)));

  it.each([
    ['an HTML page', { as: 'page', status: 503 }, 'unreachable', undefined],
    ['an HTML page that says it is all right', { as: 'page', status: 200 }, 'unreachable', undefined],
    ['a passing fault', { code: 90033, status: 503, error: 'temporarily_unavailable' }, 'unreachable', 'AADSTS90033'],
    [
      'an expired secret',
      { code: 7000222, status: 401, error: 'invalid_client' },
      'credential-refused',
      'AADSTS7000222',
    ],
    ['an expired code', { code: 70008 }, 'refused', 'AADSTS70008'],
    ['Conditional Access', { code: 53003, error: 'interaction_required' }, 'refused', 'AADSTS53003'],
    ['a code that nobody knows', { code: 999999 }, 'refused', 'AADSTS999999'],
  ] as const)('that answers with %s is told apart', async (_title, value, kind, code) => {
    simulator.switches.set('code-refused', value);
    const error = await redeem();
    expect(error).toMatchObject({ name: 'SignInError', kind, code });
    expect(String(error)).toMatch(/^SignInError: The sign-in for tenant 11111111-[-0-9a-f]+ .*\.$/);
    expect(String(error)).not.toMatch(/eyJ|Trace ID|vvvv|the nonce/);
    expect((error as Error).cause).toBeUndefined();
  });

  it('that never answers is given up', async () => {
    simulator.switches.set('code-refused', { as: 'hang' });
    expect(await redeem(signInBy({ limitMs: 300 }))).toMatchObject({ kind: 'unreachable' });
  });

  it('that is not there is unreachable', async () => {
    const custom = customCloud({ authorityHost: 'https://127.0.0.1:1', managementUrl: 'http://127.0.0.1:1' });
    expect(await redeem(signInBy({ clouds: { custom } }))).toMatchObject({ kind: 'unreachable' });
  });

  it('that redirects is not followed', async () => {
    const login = await startLogin();
    login.onToken = () => ({ status: 307, body: {}, headers: { location: `${login.url}/elsewhere` } });
    const error = await redeem(signInBy({ clouds: login.clouds }));
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(login.requests.map(({ path }) => path)).toEqual([`/${contoso.tenantId}/oauth2/v2.0/token`]);
    expect(login.requests[0]?.form.get('scope')).toBe('openid profile User.Read');
    await login.close();
  });
});

it('a tenant in a cloud that the deployment does not have cannot sign in', async () => {
  const request = { ...asked, tenant: { tenantId: contoso.tenantId, cloud: 'china' } } as const;
  for (const error of [await rejection(signIn.location(request)), await rejection(signIn.redeem(request, 'code'))]) {
    expect(error).toMatchObject({
      name: 'SignInError',
      kind: 'refused',
      message: expect.stringContaining('set CLOUD') as string,
    });
  }
});

it.each(['worldwide', 'gcc', 'gcc-high', 'dod', 'china'] as const)(
  'the page of cloud %s is asked of nobody',
  async (cloud) => {
    const { origin, pathname } = new URL(
      await signInBy({ clouds: microsoftClouds }).location({ ...asked, tenant: { ...asked.tenant, cloud } }),
    );
    expect(origin + pathname).toBe(`${microsoftClouds[cloud].loginUrl}/${contoso.tenantId}/oauth2/v2.0/authorize`);
  },
);
