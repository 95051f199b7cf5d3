import { afterAll, beforeAll, expect, it } from 'vitest';

import { apiTenantInvitation } from '../../functions/api-tenant-invitation.ts';
import { apiTenants } from '../../functions/api-tenants.ts';
import { consentStart } from '../../functions/consent-start.ts';
import { call, postJson, refusalOf } from '../support/call-function.ts';
import { contoso, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';

interface Invited {
  readonly invitation: { readonly url: string; readonly expires: string };
}

let environment: RelayEnvironment;
let newest: string;
beforeAll(async () => {
  environment = await startRelayEnvironment({ INVITATION_DAYS: '3' });
  const added = await postJson(apiTenants, '/api/tenants', { name: 'Contoso', tenant: contoso.tenantId });
  newest = (added.body as Invited).invitation.url;
});
afterAll(() => environment.close());

const invite = (tenantId: string, change: Partial<Parameters<typeof call>[1]> = {}) =>
  call(apiTenantInvitation, {
    method: 'POST',
    path: `/api/tenants/${tenantId}/invitation`,
    params: { tenantId },
    ...change,
  });
const open = async (url: string) => (await call(consentStart, { path: url })).status;
const hashNow = async () => (await environment.tenants.get(contoso.tenantId))?.value.invitationHash;

it('makes a new link, and the old one dies', async () => {
  const old = newest;
  expect(await open(old)).toBe(200);
  const before = Date.now();
  const answer = await invite(contoso.tenantId);
  expect(answer.status).toBe(201);
  const { invitation } = answer.body as Invited;
  expect(answer.body).toEqual({ invitation: { url: invitation.url, expires: invitation.expires } });
  expect((Date.parse(invitation.expires) - before) / 86_400_000).toBeCloseTo(3, 2);
  newest = invitation.url;
  expect(await open(newest)).toBe(200);
  expect(await open(old)).toBe(400);
});

it('is made although others write the tenant at the same moment', async () => {
  const answers = await Promise.all([invite(contoso.tenantId), invite(contoso.tenantId), invite(contoso.tenantId)]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  const links = answers.map(({ body }) => (body as Invited).invitation.url);
  const opened = await Promise.all(links.map(open));
  expect(opened.toSorted()).toEqual([200, 400, 400]);
});

it('takes a JSON body, whatever is in it', async () => {
  const headers = { 'content-type': 'application/json' };
  expect((await invite(contoso.tenantId, { headers, body: '{}' })).status).toBe(201);
});

it.each([
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' }, 415],
  ['plain text', { headers: { 'content-type': 'text/plain' } }, 415],
  ['another site', { headers: { origin: 'https://evil.example' } }, 403],
  ['a page in a sandbox', { headers: { origin: 'null' } }, 403],
])('cannot be pressed from %s', async (_, change, status) => {
  const before = await hashNow();
  const answer = await invite(contoso.tenantId, change);
  expect(answer.status).toBe(status);
  refusalOf(answer);
  expect(await hashNow()).toBe(before);
});

it.each([
  { origin: 'http://127.0.0.1:7071', host: '127.0.0.1:7071' },
  { origin: 'http://localhost:7071', host: '127.0.0.1:7071' },
])('can be pressed from a page of our own: %j', async (headers) => {
  expect((await invite(contoso.tenantId, { headers })).status).toBe(201);
});

it('refuses a tenant that is not there, is no GUID, or is leaving', async () => {
  expect((await invite('99999999-2222-3333-4444-555555555555')).status).toBe(404);
  expect((await invite('contoso.example')).status).toBe(400);
  const stored = await environment.tenants.get(contoso.tenantId);
  if (stored === undefined) throw new Error('not there');
  await environment.tenants.replace({ ...stored.value, state: 'leaving', leaving: 'drain' }, stored.etag);
  const answer = await invite(contoso.tenantId);
  expect(answer.status).toBe(409);
  expect(refusalOf(answer).code).toBe('tenant_leaving');
});
