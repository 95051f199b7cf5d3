import { afterEach, beforeEach, expect, test } from 'vitest';
import { switchTable } from '../../../local/simulator/switch-table.ts';
import { clientId, listed, otherTenantId, read, startCaller, tenantId } from './caller.ts';
import type { Caller, Reply } from './caller.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await startCaller();
});
afterEach(async () => {
  await caller.close();
});

const control = async (method: string, path: string, body?: unknown): Promise<Reply> => {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return await read(await fetch(`${caller.loginUrl}/_simulator${path}`, init));
};

test('says where everything is, and the certificate', async () => {
  const { loginUrl, managementUrl, authorityUrl } = caller;
  expect((await control('GET', '')).json()).toEqual({ loginUrl, managementUrl, authorityUrl });
  expect((await control('GET', '/certificate')).json()).toEqual({ certificate: caller.certificate });
});

test('a tenant is added, changed and removed', async () => {
  const id = 'CCCCCCCC-0000-4000-8000-000000000001';
  const added = await control('POST', '/tenants', { tenantId: id, name: 'New', domain: 'new.example' });
  expect(added.json()).toEqual({ tenantId: id.toLowerCase(), name: 'New', domain: 'new.example', gcc: false });
  const clash = await control('POST', '/tenants', { tenantId, name: 'X', domain: 'NEW.example' });
  expect([clash.status, clash.text]).toEqual([400, expect.stringContaining('belongs to tenant cccccccc') as string]);
  await control('DELETE', '/tenants', { tenantId: id });
  expect((await control('GET', '/tenants')).json()).toMatchObject({
    tenants: [{ tenantId }, { tenantId: otherTenantId }],
  });
});

test('a tenant that is the home of the applications has operators', async () => {
  const id = 'cccccccc-0000-4000-8000-000000000001';
  const added = await control('POST', '/tenants', { tenantId: id, name: 'Home', domain: 'home.example', home: true });
  expect(added.json()).toMatchObject({ tenantId: id, home: true });
  const scope = 'https://manage.office.com/.default';
  const query = new URLSearchParams({ client_id: clientId, scope, redirect_uri: 'http://localhost/' }).toString();
  const page = await read(await fetch(`${caller.loginUrl}/${id}/v2.0/adminconsent?${query}`));
  expect(page.text).toContain(`<option value="operator:${id}">operator@home.example`);
});

test('consent and withdrawal without a browser', async () => {
  await control('POST', '/consent', { tenantId, clientId });
  expect((await caller.requestToken()).status).toBe(200);
  expect((await control('GET', '/consent')).json()).toMatchObject({ consents: [{ tenantId, clientId }] });
  await control('DELETE', '/consent', { tenantId, clientId });
  expect((await caller.requestToken()).status).toBe(401);
  await control('POST', '/secret', { clientId, secret: 'right' });
  expect((await caller.requestToken()).json()).toMatchObject({ error_codes: [7000215] });
});

test('switches are listed, set and reset', async () => {
  const { switches } = (await control('GET', '/switches')).json() as { switches: { name: string }[] };
  expect(switches.map(({ name }) => name)).toEqual(Object.keys(switchTable));
  expect(switches.find(({ name }) => name === 'page-size')).toEqual({
    name: 'page-size',
    does: 'Contents on one page of a listing.',
    from: 'checklist: page size',
    off: 200,
    accepts: expect.objectContaining({ type: 'integer', minimum: 1 }) as unknown,
  });
  const set = await control('POST', '/switches', { name: 'page-size', value: 7, tenantId });
  expect(set.json()).toEqual({ settings: [{ name: 'page-size', value: 7, tenantId }] });
  expect(caller.switches.get('page-size', { tenantId })).toBe(7);
  await control('DELETE', '/switches', { name: 'page-size', tenantId });
  expect(caller.switches.get('page-size', { tenantId })).toBe(200);
  await control('POST', '/switches', { name: 'audit-off', value: true });
  expect((await control('DELETE', '/switches')).json()).toEqual({ settings: [] });
});

test('contents are offered in three ways, and accounted for', async () => {
  caller.consent(tenantId, clientId);
  const contentType = 'Audit.General';
  await caller.start(contentType);
  const times = { created: '2026-11-22T11:00:00Z', expires: caller.clock.now + 1000 };
  const offered = await control('POST', '/offer', {
    tenantId,
    contentType,
    records: [{ Id: '1' }, '{"Id": 2}'],
    ...times,
  });
  expect(offered.json()).toMatchObject({
    created: '2026-11-22T11:00:00.000Z',
    expires: '2026-11-22T12:00:01.000Z',
    records: 2,
  });
  await control('POST', '/offer', { tenantId, contentType, body: '[{}]', contentId: 'mine' });
  await control('POST', '/offer', { tenantId, contentType, generate: { records: 5, bytesPerRecord: 400 } });
  const [first, second] = listed(await caller.list(contentType));
  expect(await (await caller.fetch(first?.contentUri ?? '')).text()).toBe('[{"Id":"1"},{"Id": 2}]');
  expect(second?.contentId).toBe('mine');
  expect((await control('GET', '/offered')).json()).toEqual({
    done: true,
    feeds: [{ tenantId, contentType, contents: 3, records: 8 }],
  });
});

test('requests are counted, without those of the control', async () => {
  await caller.requestToken();
  expect((await control('GET', '/requests')).json()).toEqual({
    requests: [{ operation: 'token', tenantId, status: 401, count: 1 }],
  });
  await control('DELETE', '/requests');
  expect((await control('GET', '/requests')).json()).toEqual({ requests: [] });
});

test.each([
  ['POST', '/tenants', { tenantId: 'x', name: 'X', domain: 'x.example' }, 'no GUID'],
  ['POST', '/consent', { tenantId: 'dddddddd-0000-4000-8000-000000000001', clientId }, 'There is no tenant dddddddd'],
  ['POST', '/switches', { name: 'nothing', value: 1 }, 'There is no switch'],
  ['DELETE', '/switches', { name: 'nothing' }, 'There is no switch'],
  ['POST', '/switches', { name: 'page-size', value: 'x' }, 'cannot be set to that'],
  ['POST', '/offer', { tenantId, contentType: 'Audit.General' }, 'needs one of'],
  ['POST', '/offer', { tenantId, contentType: 'Nothing' }, 'contentType'],
  ['POST', '/offer', undefined, 'not as it should be'],
])('%s %s %j is refused with a sentence', async (method, path, body, expected) => {
  const reply = await control(method, path, body);
  expect(reply.status).toBe(400);
  expect(reply.text).toContain(expected);
});

test('an unknown path is 404 and says which there are; no JSON is 400', async () => {
  const unknown = await control('GET', '/nothing');
  expect(unknown.status).toBe(404);
  expect(unknown.text).toContain('POST offer');
  const response = await fetch(`${caller.loginUrl}/_simulator/offer`, { method: 'POST', body: '{' });
  expect(response.status).toBe(400);
});
