import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientId, otherTenantId, read, startCaller, tenantId } from './caller.ts';
import type { Caller } from './caller.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await startCaller();
});
afterEach(async () => {
  await caller.close();
});

const fields = {
  client_id: clientId,
  scope: 'https://manage.office.com/.default',
  redirect_uri: 'http://localhost:7071/consent/callback?keep=1',
  state: 'a "state" & <more>',
};

const link = (path: string, changed: Readonly<Record<string, string>> = {}) =>
  `${caller.loginUrl}${path}?${new URLSearchParams({ ...fields, ...changed }).toString()}`;

const press = async (path: string, changed: Readonly<Record<string, string>>) =>
  await fetch(caller.loginUrl + path, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ ...fields, account: `admin:${tenantId}`, ...changed }),
  });

const target = (response: Response) => {
  const url = new URL(response.headers.get('location') ?? '');
  return { base: url.origin + url.pathname, ...Object.fromEntries(url.searchParams) };
};

const v2 = `/${tenantId}/v2.0/adminconsent`;

test('shows who asks for what, the administrator first, everything escaped', async () => {
  const page = await read(await fetch(link(v2)));
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.text).toContain('Contoso &lt;b&gt;&amp;');
  expect(page.text).not.toContain('<b>');
  expect(page.text).toContain('value="a &quot;state&quot; &amp; &lt;more&gt;"');
  expect(page.text).toContain(`<option value="admin:${tenantId}" selected>`);
  expect(page.text).toContain(`<option value="user:${tenantId}">`);
  expect(page.text).toContain(`<option value="admin:${otherTenantId}">`);
  expect(page.text).toContain('<button id="accept" name="answer" value="accept">');
  expect(page.text).toContain('<button id="cancel" name="answer" value="cancel">');
  for (const asked of ['ActivityFeed.Read ', 'ActivityFeed.ReadDlp', 'ServiceHealth.Read', 'User.Read']) {
    expect(page.text).toContain(asked);
  }
  expect(caller.consents()).toEqual([]);
});

test('Accept grants and goes back with tenant, scope and the state as it was', async () => {
  const response = await press(v2, { answer: 'accept' });
  expect(response.status).toBe(302);
  expect(target(response)).toEqual({
    base: 'http://localhost:7071/consent/callback',
    keep: '1',
    admin_consent: 'True',
    tenant: tenantId,
    scope:
      'https://manage.office.com/ActivityFeed.Read https://manage.office.com/ActivityFeed.ReadDlp ' +
      'https://manage.office.com/ServiceHealth.Read',
    state: fields.state,
  });
  expect(caller.consents()).toMatchObject([{ tenantId, clientId, granted: caller.clock.now }]);
});

test('a domain in the path is the same tenant', async () => {
  const response = await press('/contoso.example/v2.0/adminconsent', { answer: 'accept' });
  expect(target(response)).toMatchObject({ tenant: tenantId });
});

test('Cancel goes back with AADSTS65004, and admin_consent=True all the same', async () => {
  const response = await press(v2, { answer: 'cancel' });
  expect(target(response)).toMatchObject({
    admin_consent: 'True',
    error: 'access_denied',
    error_description: expect.stringContaining('AADSTS65004') as string,
    state: fields.state,
  });
  expect(caller.consents()).toEqual([]);
});

test.each([53003, 65004, 90095, 650052, 1000031])('AADSTS%i by redirect or page, as the switch says', async (code) => {
  caller.switches.set('consent-refused', { code, text: 'Because.', times: 1 }, { tenantId });
  expect(target(await press(v2, { answer: 'accept' }))).toMatchObject({
    admin_consent: 'True',
    error: 'access_denied',
    error_description: `AADSTS${code}: Because.`,
    state: fields.state,
  });
  caller.switches.set('consent-refused', { code, as: 'page', times: 1 }, { tenantId });
  expect((await read(await press(v2, { answer: 'accept' }))).text).toContain(`AADSTS${code}: It was refused.`);
  expect(caller.consents()).toEqual([]);
  await press(v2, { answer: 'accept' });
  expect(caller.consents()).toHaveLength(1);
});

test('the administrator comes first where the application is at home too', async () => {
  const homeId = '77777777-2222-4333-8444-555555555555';
  caller.tenants.add({ tenantId: homeId, name: 'Home', domain: 'home.example', home: true });
  const page = await read(await fetch(link(`/${homeId}/v2.0/adminconsent`)));
  expect(page.text).toContain(`<option value="admin:${homeId}" selected>`);
});

test('a personal account cannot consent', async () => {
  const reply = await read(await press(v2, { answer: 'accept', account: 'personal' }));
  expect(reply.text).toContain('AADSTS50020');
  const any = await read(await press('/organizations/v2.0/adminconsent', { answer: 'accept', account: 'personal' }));
  expect(any.text).toContain('AADSTS500208');
  expect(caller.consents()).toEqual([]);
});

test('the v1 page has its own refusal and no scope', async () => {
  const path = `/${tenantId}/adminconsent`;
  expect(target(await press(path, { answer: 'cancel' }))).toEqual({
    base: 'http://localhost:7071/consent/callback',
    keep: '1',
    error: 'permission_denied',
    error_description: 'The admin canceled the request',
    state: fields.state,
  });
  expect(target(await press(path, { answer: 'accept' }))).not.toHaveProperty('scope');
});

test('an ordinary user cannot consent: AADSTS90094', async () => {
  const reply = await read(await press(v2, { answer: 'accept', account: `user:${tenantId}` }));
  expect(reply.text).toContain('AADSTS90094');
  expect(reply.text).toContain('error=access_denied');
  expect(caller.consents()).toEqual([]);
});

test("another tenant's administrator is not of this tenant, but may choose theirs on /organizations", async () => {
  const account = `admin:${otherTenantId}`;
  expect((await read(await press(v2, { answer: 'accept', account }))).text).toContain('AADSTS50020');
  expect(caller.consents()).toEqual([]);
  const response = await press('/organizations/v2.0/adminconsent', { answer: 'accept', account });
  expect(target(response)).toMatchObject({ tenant: otherTenantId });
});

test.each([
  ['a redirect URI that is not on loopback', { redirect_uri: 'https://evil.example/callback' }, 'AADSTS50011'],
  ['a redirect URI that only looks like loopback', { redirect_uri: 'http://localhost.evil.example/' }, 'AADSTS50011'],
  ['a redirect URI of another scheme', { redirect_uri: 'javascript://localhost/%0aalert(1)' }, 'AADSTS50011'],
  ['no redirect URI', { redirect_uri: '' }, 'AADSTS900971'],
  ['no client id', { client_id: '' }, 'AADSTS700016'],
  ['a scope that is not static', { scope: 'https://manage.office.com/ActivityFeed.Read' }, 'AADSTS70011'],
])('refuses %s, on the page and on the form', async (_, changed, code) => {
  const page = await read(await fetch(link(v2, changed)));
  expect(page.status).toBe(400);
  expect(page.text).toContain(code);
  const form = await press(v2, { ...changed, answer: 'accept' });
  expect(form.status).toBe(400);
  expect(form.headers.get('location')).toBeNull();
  expect(caller.consents()).toEqual([]);
});

test('refuses an unknown tenant, an unknown account, and /common for v2', async () => {
  expect((await read(await fetch(link('/nobody.example/v2.0/adminconsent')))).text).toContain('AADSTS90002');
  expect((await read(await fetch(link('/common/v2.0/adminconsent')))).text).toContain('AADSTS90130');
  const account = 'admin:00000000-0000-4000-8000-000000000000';
  expect((await read(await press(v2, { answer: 'accept', account }))).text).toContain('AADSTS50034');
});

test('refuses a method that the page does not have', async () => {
  expect((await fetch(caller.loginUrl + v2, { method: 'PUT' })).status).toBe(405);
});
