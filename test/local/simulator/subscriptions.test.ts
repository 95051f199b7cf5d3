import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientId, errorOf, otherTenantId, publisherId, read, startCaller, subscribe, tenantId } from './caller.ts';
import type { Caller } from './caller.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await startCaller();
});
afterEach(async () => {
  await caller.close();
});

const root = `${tenantId}/activity/feed/subscriptions`;

test('start, list and stop', async () => {
  caller.consent(tenantId, clientId);
  expect((await caller.api('GET', `${root}/list`)).json()).toEqual([]);
  const started = await caller.start('audit.general');
  expect(started.status).toBe(200);
  expect(started.json()).toEqual({ contentType: 'Audit.General', status: 'enabled', webhook: null });
  expect((await caller.api('GET', `${root}/list`)).json()).toEqual([started.json()]);
  const stopped = await caller.api('POST', `${root}/stop`, { contentType: 'Audit.General' });
  expect([stopped.status, stopped.text]).toEqual([200, '']);
  expect((await caller.api('GET', `${root}/list`)).json()).toMatchObject([{ status: 'disabled' }]);
  expect(errorOf(await caller.api('POST', `${root}/stop`, { contentType: 'Audit.General' })).code).toBe('AF20022');
  expect(errorOf(await caller.list('Audit.General')).code).toBe('AF20022');
});

test('answers carry the headers of the service', async () => {
  caller.consent(tenantId, clientId);
  const { headers } = await caller.api('GET', `${root}/list`);
  expect(Object.fromEntries(headers)).toMatchObject({
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    'content-type': 'application/json; charset=utf-8',
    'content-length': '2',
    date: 'Sun, 22 Nov 2026 12:00:00 GMT',
    server: 'Microsoft-IIS/10.0',
    'x-aspnet-version': '4.0.30319',
    'x-powered-by': 'ASP.NET',
  });
});

test('a second start within 15 minutes is throttled by code "429", for that type and tenant only', async () => {
  caller.consent(tenantId, clientId);
  await caller.start('Audit.Exchange');
  caller.clock.now += 374_000;
  const again = await caller.start('Audit.Exchange');
  expect(again.status).toBe(403);
  expect(errorOf(again)).toEqual({
    code: '429',
    message: 'Too many frequent subscription start requests. Please retry again after 8m 46s.',
  });
  expect((await caller.start('Audit.SharePoint')).status).toBe(200);
  caller.clock.now += 526_000;
  expect(errorOf(await caller.start('Audit.Exchange'))).toEqual({
    code: 'AF20024',
    message: 'The subscription is already enabled. No property change.',
  });
});

test('the start throttle can be off, and an enabled one be 200', async () => {
  caller.consent(tenantId, clientId);
  caller.switches.set('start-throttle', 0);
  await caller.start('Audit.Exchange');
  expect(errorOf(await caller.start('Audit.Exchange')).code).toBe('AF20024');
  caller.switches.set('start-already-enabled', 'ok', { tenantId });
  expect((await caller.start('Audit.Exchange')).status).toBe(200);
});

test('another application has subscriptions of its own', async () => {
  await subscribe(caller, 'Audit.Exchange');
  const other = 'aaaaaaaa-0000-4000-8000-000000000002';
  caller.consent(tenantId, other);
  const reply = await caller.requestToken({ client_id: other });
  const { access_token: token } = reply.json() as { access_token: string };
  expect((await caller.api('GET', `${root}/list`, {}, token)).json()).toEqual([]);
});

test('a POST without a length is 411', async () => {
  caller.consent(tenantId, clientId);
  const socket = connect(Number(new URL(caller.managementUrl).port), '127.0.0.1');
  socket.write(
    `POST /api/v1.0/${root}/start?contentType=Audit.General HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  );
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 411 /);
});

test('webhooks cannot be validated here', async () => {
  caller.consent(tenantId, clientId);
  const post = async (body: string) => {
    const url = `${caller.managementUrl}/api/v1.0/${root}/start?contentType=Audit.General&PublisherIdentifier=${publisherId}`;
    const headers = { authorization: `Bearer ${await caller.token()}`, 'content-type': 'application/json' };
    return await read(await fetch(url, { method: 'POST', headers, body }));
  };
  expect(errorOf(await post('{"webhook":{"address":"http://x.example"}}')).code).toBe('AF20021');
  expect(errorOf(await post('{"webhook":{"address":"https://x.example"}}')).code).toBe('AF20021');
  expect(errorOf(await post('{')).code).toBe('AF20002');
  expect((await post('{"webhook":null}')).status).toBe(200);
});

test.each([
  ['no content type', {}, 400, 'AF20001'],
  ['an unknown content type', { contentType: 'Audit.Nothing' }, 400, 'AF20020'],
  ['a PublisherIdentifier that is no GUID', { contentType: 'Audit.General', PublisherIdentifier: 'x' }, 400, 'AF20002'],
])('start refuses %s', async (_, query, status, code) => {
  caller.consent(tenantId, clientId);
  const reply = await caller.api('POST', `${root}/start`, query);
  expect([reply.status, errorOf(reply).code]).toEqual([status, code]);
});

test('DLP needs a role of its own, and a token without roles is good for nothing', async () => {
  caller.consent(tenantId, clientId, ['ActivityFeed.Read', 'ServiceHealth.Read']);
  const reply = await caller.start('DLP.All');
  expect(reply.status).toBe(401);
  expect(errorOf(reply)).toEqual({
    code: 'AF10001',
    message:
      'The permission set (ActivityFeed.Read ServiceHealth.Read) sent in the request does not include the expected permission.',
  });
  expect((await caller.start('Audit.General')).status).toBe(200);
  caller.consent(tenantId, clientId, []);
  const roleless = await caller.api('GET', `${root}/list`);
  expect(errorOf(roleless).message).toContain('The permission set () sent');
});

test('a missing, unknown, expired or foreign token is 401 of another shape', async () => {
  caller.consent(tenantId, clientId);
  const token = await caller.token();
  const replies = [
    await read(await fetch(`${caller.managementUrl}/api/v1.0/${root}/list`)),
    await caller.api('GET', `${root}/list`, {}, 'x.y.z'),
    await caller.api('GET', `${root}/list`, {}, `${token.slice(0, -4)}AAAA`),
  ];
  caller.clock.now += 3_600_000;
  replies.push(await caller.api('GET', `${root}/list`, {}, token));
  for (const reply of replies) {
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    expect(reply.text).toBe('{"Message":"Authorization has been denied for this request."}');
  }
});

test("the path's tenant must be a GUID, the token's, and exist", async () => {
  caller.consent(tenantId, clientId);
  const codeFor = async (tenant: string, token?: string) =>
    errorOf(await caller.api('GET', `${tenant}/activity/feed/subscriptions/list`, {}, token)).code;
  expect(await codeFor('contoso.example')).toBe('AF20013');
  expect(await codeFor(otherTenantId)).toBe('AF20010');
  const token = await caller.token();
  caller.tenants.remove(tenantId);
  expect(await codeFor(tenantId, token)).toBe('AF20011');
});

test('unknown paths are 404 and wrong methods 405', async () => {
  caller.consent(tenantId, clientId);
  expect((await caller.api('GET', `${root}/nothing`)).status).toBe(404);
  expect((await caller.api('GET', `${tenantId}/activity/feed/audit`)).status).toBe(404);
  expect((await caller.api('GET', `${root}/start`)).status).toBe(405);
  expect((await fetch(`${caller.managementUrl}/%`)).status).toBe(400);
});

test('a token outlives the consent that it came from', async () => {
  caller.consent(tenantId, clientId);
  const token = await caller.token();
  caller.withdraw(tenantId, clientId);
  expect((await caller.api('GET', `${root}/list`, {}, token)).status).toBe(200);
});
