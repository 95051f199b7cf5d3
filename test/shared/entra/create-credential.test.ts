import { createHash, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { createCredential } from '../../../shared/entra/create-credential.ts';
import { entraErrorOf } from '../../../shared/entra/entra-error-of.ts';
import { identityAssertion } from '../../../shared/entra/identity-assertion.ts';
import type { CredentialSettings } from '../../../shared/settings.ts';
import { rejection } from '../../support/rejection.ts';
import { clientId, type Login, makeCertificate, startLogin, tenantId } from './loopback.ts';
import { type Platform, startPlatform } from './platform.ts';

let login: Login;
let platform: Platform;

beforeAll(async () => {
  login = await startLogin();
  platform = await startPlatform();
});
beforeEach(() => {
  login.requests.length = 0;
  platform.requests.length = 0;
  platform.status = 200;
  platform.lifeSeconds = 86_400;
});
afterAll(async () => {
  await platform.close();
  await login.close();
});

const getToken = (credential: CredentialSettings) =>
  createCredential({ clientId, tenantId: 'home', credential }, login.cloud, tenantId).getToken(
    'https://manage.office.com/.default',
  );
const jwtPart = (token: string, part: number): unknown =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString());

describe('createCredential', () => {
  it('sends the secret', async () => {
    const token = await getToken({ kind: 'secret', secret: 'a secret & more' });
    expect(token?.expiresOnTimestamp).toBeGreaterThan(Date.now());
    expect(login.tokenRequests()).toHaveLength(1);
    expect(login.tokenRequests()[0]?.form.get('client_secret')).toBe('a secret & more');
  });

  it('signs an assertion with the certificate of the PEM', async () => {
    const { private: key, cert } = await makeCertificate();
    await getToken({ kind: 'certificate', pem: `${cert}\n${key}` });
    const assertion = login.tokenRequests()[0]?.form.get('client_assertion') ?? '';
    expect(jwtPart(assertion, 1)).toMatchObject({ iss: clientId, sub: clientId });
    const thumbprint = createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url');
    expect(jwtPart(assertion, 0)).toMatchObject({ 'x5t#S256': thumbprint });
  });

  it.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'refuses the certificate %j without quoting it',
    async (pem) => {
      const error = await rejection(getToken({ kind: 'certificate', pem }));
      expect(error).toMatchObject({ name: 'EntraError', kind: 'credential-refused' });
      expect(String(error)).toContain('ENTRA_CERTIFICATE');
      expect(String(error)).not.toContain('AAAA');
      expect(login.requests).toHaveLength(0);
    },
  );

  it('refuses a certificate without its key', async () => {
    const { cert } = await makeCertificate();
    expect(await rejection(getToken({ kind: 'certificate', pem: cert }))).toMatchObject({ kind: 'credential-refused' });
  });

  it('exchanges the token of the managed identity for one of the tenant', async () => {
    const identity = 'eeeeeeee-2222-3333-4444-000000000001';
    await getToken({ kind: 'federated', managedIdentityClientId: identity });
    expect(platform.requests).toHaveLength(1);
    expect(platform.requests[0]?.header).toBe('platform-header');
    expect(Object.fromEntries(platform.requests[0]?.url.searchParams ?? [])).toMatchObject({
      resource: 'api://AzureADTokenExchange',
      client_id: identity,
    });
    expect(login.tokenRequests()[0]?.path).toBe(`/${tenantId}/oauth2/v2.0/token`);
    expect(login.tokenRequests()[0]?.form.get('client_assertion')).toBe('identity.own.token');
    expect(login.tokenRequests()[0]?.form.get('client_id')).toBe(clientId);
  });

  it('asks the platform once for all tenants of one deployment', async () => {
    const identity = 'eeeeeeee-2222-3333-4444-000000000002';
    const credential = { kind: 'federated', managedIdentityClientId: identity } as const;
    const entra = { clientId, tenantId: 'home', credential };
    const ask = (tenant: string) =>
      createCredential(entra, login.cloud, tenant).getToken('https://manage.office.com/.default');
    await Promise.all([ask(tenantId), ask('22222222-2222-3333-4444-555555555555')]);
    await ask(tenantId);
    expect(login.tokenRequests()).toHaveLength(3);
    expect(platform.requests).toHaveLength(1);
  });

  it('asks the platform again after an hour, or half of a shorter life, and after a failure', async () => {
    const identity = 'eeeeeeee-2222-3333-4444-000000000003';
    let lateMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + lateMs };
    const ask = () => identityAssertion(identity, login.cloud, 5_000, clock);
    platform.status = 400;
    await rejection(ask());
    platform.status = 200;
    expect(await ask()).toBe('identity.own.token');
    expect(platform.requests).toHaveLength(2);
    lateMs = 3_590_000;
    await ask();
    expect(platform.requests).toHaveLength(2);
    lateMs = 3_610_000;
    platform.lifeSeconds = 4_610;
    await ask();
    lateMs += 480_000;
    await ask();
    expect(platform.requests).toHaveLength(3);
    lateMs += 40_000;
    await ask();
    expect(platform.requests).toHaveLength(4);
  });

  it.each([400, 403, 500])('calls it our credential when the managed identity answers %i', async (status) => {
    platform.status = status;
    const identity = `eeeeeeee-2222-3333-4444-000000000${status}`;
    const fault = await rejection(getToken({ kind: 'federated', managedIdentityClientId: identity }));
    const error = entraErrorOf(fault, tenantId);
    expect(error).toMatchObject({ kind: 'credential-refused' });
    expect(error.message).toContain(identity);
    expect(error.message).not.toMatch(/platform-header|header-in-answer/);
    expect(error.cause).toBeUndefined();
    expect(login.tokenRequests()).toHaveLength(0);
  });

  it('asks Microsoft anew with each object', async () => {
    await getToken({ kind: 'secret', secret: 's' });
    await getToken({ kind: 'secret', secret: 's' });
    expect(login.tokenRequests()).toHaveLength(2);
  });
});
