import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callTls, clientId, otherTenantId, read, startCaller, tenantId } from './caller.ts';
import type { Caller } from './caller.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await startCaller();
});
afterEach(async () => {
  await caller.close();
});

const claims = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

test('a consented application gets a token with the claims of section 4.1', async () => {
  caller.consent(tenantId, clientId);
  const reply = await caller.requestToken();
  expect(reply.status).toBe(200);
  const body = reply.json() as { access_token: string };
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 });
  expect(claims(body.access_token)).toMatchObject({
    aud: 'https://manage.office.com',
    iss: `https://sts.windows.net/${tenantId}/`,
    tid: tenantId,
    appid: clientId,
    appidacr: '1',
    roles: ['ActivityFeed.Read', 'ActivityFeed.ReadDlp', 'ServiceHealth.Read'],
    ver: '1.0',
    exp: caller.clock.now / 1000 + 3599,
  });
});

test('v1 says its numbers as text and takes a resource', async () => {
  caller.consent(tenantId, clientId);
  const fields = { scope: '', resource: 'https://manage.office.com' };
  const reply = await caller.requestToken(fields, '/contoso.example/oauth2/token');
  expect(reply.json()).toMatchObject({
    expires_in: '3599',
    expires_on: String(caller.clock.now / 1000 + 3599),
    resource: 'https://manage.office.com',
  });
});

test('an assertion is as good as a secret', async () => {
  caller.consent(tenantId, clientId);
  const reply = await caller.requestToken({ client_secret: '', client_assertion: 'e30.e30.c2ln' });
  expect(claims((reply.json() as { access_token: string }).access_token)).toMatchObject({ appidacr: '2' });
});

test.each([
  ['no consent', {}, undefined, 401, 7000229, 'invalid_client'],
  ['an unknown tenant', {}, '/nobody.example/oauth2/v2.0/token', 400, 90002, 'invalid_request'],
  ['no tenant', {}, '/organizations/oauth2/v2.0/token', 400, 50059, 'invalid_request'],
  ['no credential', { client_secret: '' }, undefined, 401, 7000218, 'invalid_client'],
  [
    'an assertion that is no JWT',
    { client_secret: '', client_assertion: 'x' },
    undefined,
    401,
    50027,
    'invalid_client',
  ],
  ['no client id', { client_id: '' }, undefined, 400, 900144, 'invalid_request'],
  ['another grant', { grant_type: 'password' }, undefined, 400, 70003, 'unsupported_grant_type'],
  ['no scope', { scope: '' }, undefined, 400, 90014, 'invalid_request'],
  ['a scope without .default', { scope: 'https://manage.office.com/x' }, undefined, 400, 1002012, 'invalid_scope'],
  ['an unknown resource', { scope: 'https://x.example/.default' }, undefined, 400, 500011, 'invalid_resource'],
])('refuses %s', async (_, fields, path, status, code, error) => {
  const reply = await caller.requestToken(fields, path);
  expect(reply.status).toBe(status);
  expect(reply.json()).toMatchObject({
    error,
    error_codes: [code],
    error_description: expect.stringMatching(new RegExp(`^AADSTS${code}: `)) as string,
    timestamp: '2026-11-22 12:00:00Z',
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  });
});

test('a secret that was configured must be the right one', async () => {
  caller.consent(tenantId, clientId);
  caller.setClientSecret(clientId, 'the right one');
  expect((await caller.requestToken()).json()).toMatchObject({ error: 'invalid_client', error_codes: [7000215] });
  expect((await caller.requestToken({ client_secret: 'the right one' })).status).toBe(200);
});

test('a disabled application, a withdrawn consent and a removed tenant have codes of their own', async () => {
  caller.consent(tenantId, clientId);
  caller.switches.set('app-disabled', true, { tenantId });
  expect((await caller.requestToken()).json()).toMatchObject({ error: 'unauthorized_client', error_codes: [7000112] });
  caller.withdraw(tenantId, clientId);
  expect((await caller.requestToken()).json()).toMatchObject({ error_codes: [7000229] });
  caller.tenants.remove(tenantId);
  expect((await caller.requestToken()).json()).toMatchObject({ error_codes: [90002] });
});

test('roles come late after consent, and may be missing', async () => {
  const rolesNow = async () => claims(await caller.token()) as { roles?: string[] };
  caller.switches.set('roles-delay', 30);
  caller.switches.set('missing-roles', ['ActivityFeed.ReadDlp'], { tenantId });
  caller.consent(tenantId, clientId);
  expect(await rolesNow()).not.toHaveProperty('roles');
  caller.clock.now += 30_000;
  expect((await rolesNow()).roles).toEqual(['ActivityFeed.Read', 'ServiceHealth.Read']);
});

test('a consent without roles is a token without roles', async () => {
  caller.consent(tenantId, clientId, []);
  expect(claims(await caller.token())).not.toHaveProperty('roles');
});

test('the lifetime of tokens is a switch', async () => {
  caller.consent(tenantId, clientId);
  caller.switches.set('token-lifetime', 60);
  expect((await caller.requestToken()).json()).toMatchObject({ expires_in: 60 });
});

test('discovery names the GUID of a domain, on both sides', async () => {
  caller.tenants.add({ tenantId: otherTenantId, name: 'Other', domain: 'other.example', gcc: true });
  const path = '/other.example/v2.0/.well-known/openid-configuration';
  const plain = await read(await fetch(caller.loginUrl + path));
  const tls = await callTls(caller.authorityUrl + path, caller.certificate);
  expect(plain.json()).toEqual(tls.json());
  expect(plain.json()).toMatchObject({
    issuer: `https://login.microsoftonline.com/${otherTenantId}/v2.0`,
    token_endpoint: `${caller.authorityUrl}/${otherTenantId}/oauth2/v2.0/token`,
    authorization_endpoint: `${caller.loginUrl}/${otherTenantId}/oauth2/v2.0/authorize`,
    tenant_region_scope: 'NA',
    tenant_region_sub_scope: 'GCC',
    jwks_uri: `${caller.authorityUrl}/${otherTenantId}/discovery/v2.0/keys`,
  });
  const keys = await callTls((plain.json() as { jwks_uri: string }).jwks_uri, caller.certificate);
  expect(keys.json()).toMatchObject({ keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256' }] });
  const v1 = await read(await fetch(`${caller.loginUrl}/${tenantId}/.well-known/openid-configuration`));
  expect(v1.json()).toMatchObject({ issuer: `https://sts.windows.net/${tenantId}/` });
  expect(v1.json()).not.toHaveProperty('tenant_region_sub_scope');
});

test('discovery of an unknown tenant is AADSTS90002', async () => {
  const reply = await read(await fetch(`${caller.loginUrl}/nobody.example/v2.0/.well-known/openid-configuration`));
  expect(reply.status).toBe(400);
  expect(reply.json()).toMatchObject({ error: 'invalid_tenant', error_codes: [90002] });
});

test('@azure/identity is happy with the authority, by secret and by assertion', async () => {
  await caller.close();
  caller = await startCaller({ now: () => Date.now() });
  caller.consent(tenantId, clientId);
  const ca = join(await mkdtemp(join(tmpdir(), 'simulator-test-')), 'ca.pem');
  await writeFile(ca, caller.certificate);
  const program = `
    import { ClientAssertionCredential, ClientSecretCredential } from '@azure/identity';
    const options = { authorityHost: '${caller.authorityUrl}', disableInstanceDiscovery: true };
    const scope = 'https://manage.office.com/.default';
    const secret = new ClientSecretCredential('${tenantId}', '${clientId}', 'a secret', options);
    const assertion = new ClientAssertionCredential('${tenantId}', '${clientId}', async () => 'e30.e30.c2ln', options);
    const tokens = [await secret.getToken(scope), await assertion.getToken(scope)];
    process.stdout.write(JSON.stringify(tokens.map(({ token }) => token)));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  const tokens = JSON.parse(Buffer.concat(chunks).toString()) as string[];
  expect(tokens.map(claims)).toMatchObject([
    { tid: tenantId, appidacr: '1' },
    { tid: tenantId, appidacr: '2' },
  ]);
});

test('a GUID that nobody added is a tenant once the switch welcomes it; a domain is not', async () => {
  const guid = '77777777-1111-4222-8333-444444444444';
  const status = async (tenant: string) =>
    (await fetch(`${caller.loginUrl}/${tenant}/v2.0/.well-known/openid-configuration`)).status;
  expect(await status(guid)).toBe(400);
  caller.switches.set('unknown-guids', 'welcome');
  expect(await status(guid)).toBe(200);
  expect(caller.tenants.find(guid)).toMatchObject({ tenantId: guid });
  expect(await status('nobody.example')).toBe(400);
});
