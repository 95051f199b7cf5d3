import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { apiTenants } from '../../functions/api-tenants.ts';
import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { sha256 } from '../../shared/hash.ts';
import { newFeed } from '../../shared/state/feeds.ts';
import { call, postJson, refusalOf } from '../support/call-function.ts';
import { contoso, fabrikam, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';

let environment: RelayEnvironment;
beforeAll(async () => {
  environment = await startRelayEnvironment();
});
afterEach(() => {
  environment.proxy.fate = () => 'answered';
});
afterAll(() => environment.close());

const add = (body: unknown) => postJson(apiTenants, '/api/tenants', body);
const list = () => call(apiTenants, { path: '/api/tenants' });
const nobody = 'aaaaaaaa-2222-3333-4444-555555555555';

describe('POST /api/tenants', () => {
  it('adds by GUID, with an invitation of which only the hash is kept', async () => {
    const before = Date.now();
    const answer = await add({ name: ' Contoso Ltd ', tenant: contoso.tenantId.toUpperCase() });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { invitation, ...rest } = answer.body as { invitation: { url: string; expires: string } };
    expect(rest).toEqual({ tenantId: contoso.tenantId, name: 'Contoso Ltd', state: 'invited' });
    expect(Object.keys(invitation).toSorted()).toEqual(['expires', 'url']);
    const secret = /^http:\/\/localhost:7071\/consent\/start\?invite=([\w-]{43})$/.exec(invitation.url)?.[1];
    expect(secret).toBeDefined();
    const days = (Date.parse(invitation.expires) - before) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(7);
    expect(days).toBeLessThan(7.01);
    expect(JSON.stringify(await Array.fromAsync(environment.tables.table('consents').query({})))).not.toContain(secret);
    expect(JSON.stringify(await environment.tenants.all())).not.toContain(secret);
    expect(answer.log.join()).not.toContain(secret);
  });

  it('adds with the content types that are chosen, and all by default', async () => {
    const chosen = ['DLP.All', 'Audit.Exchange'];
    const [tenantId, whole] = ['cccccccc-2222-3333-4444-555555555555', 'dddddddd-2222-3333-4444-555555555555'];
    environment.simulator.tenants.add({ tenantId, name: 'Chosen', domain: 'chosen.example' });
    environment.simulator.tenants.add({ tenantId: whole, name: 'Whole', domain: 'whole.example' });
    expect((await add({ name: 'Chosen', tenant: tenantId, contentTypes: chosen })).status).toBe(201);
    expect((await environment.tenants.get(tenantId))?.value.contentTypes).toEqual(chosen.toReversed());
    expect((await add({ name: 'Whole', tenant: whole })).status).toBe(201);
    expect((await environment.tenants.get(whole))?.value.contentTypes).toEqual(contentTypes);
  });

  it.each([{ contentTypes: [] }, { contentTypes: ['Audit.Nothing'] }, { contenttypes: ['DLP.All'] }])(
    'refuses %j, rather than collect what nobody chose',
    async (change) => {
      const answer = await add({ name: 'Fabrikam', tenant: fabrikam.tenantId, ...change });
      expect(answer.status).toBe(400);
      expect(await environment.tenants.get(fabrikam.tenantId)).toBeUndefined();
    },
  );

  it('adds by domain, which is kept as GUID', async () => {
    const answer = await add({ name: 'Fabrikam', tenant: 'Fabrikam.Example' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ tenantId: fabrikam.tenantId, state: 'invited' });
  });

  it.each([contoso.tenantId, contoso.domain])('refuses %s a second time', async (tenant) => {
    const answer = await add({ name: 'Somebody else', tenant });
    expect(answer.status).toBe(409);
    expect(refusalOf(answer).code).toBe('tenant_exists');
    expect(refusalOf(answer).message).toContain(contoso.tenantId);
    expect((await environment.tenants.get(contoso.tenantId))?.value.name).toBe('Contoso Ltd');
  });

  it('lets one of two at the same moment win', async () => {
    const tenantId = 'bbbbbbbb-2222-3333-4444-555555555555';
    environment.simulator.tenants.add({ tenantId, name: 'Twice', domain: 'twice.example' });
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => add({ name, tenant: tenantId })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  });

  it('shows the invitation although the answer of storage got lost', async () => {
    const tenantId = 'bbbbbbbb-4444-3333-4444-555555555555';
    environment.simulator.tenants.add({ tenantId, name: 'Unheard', domain: 'unheard.example' });
    let inserts = 0;
    environment.proxy.fate = (request) =>
      request.startsWith('POST') && request.includes('/tenants') && (inserts += 1) === 1 ? 'unheard' : 'answered';
    const answer = await add({ name: 'Unheard', tenant: tenantId });
    expect(inserts).toBe(2);
    expect(answer.status).toBe(201);
    const { invitation } = answer.body as { invitation: { url: string } };
    const stored = await environment.tenants.get(tenantId);
    expect(stored?.value.invitationHash).toBe(sha256(invitation.url.split('invite=')[1] ?? ''));
  });

  it('says that a tenant is still being off-boarded', async () => {
    const tenantId = 'bbbbbbbb-3333-3333-4444-555555555555';
    environment.simulator.tenants.add({ tenantId, name: 'Leaving', domain: 'leaving.example' });
    await add({ name: 'Leaving', tenant: tenantId });
    const stored = await environment.tenants.get(tenantId);
    if (stored === undefined) throw new Error('not there');
    await environment.tenants.replace({ ...stored.value, state: 'leaving', leaving: 'drain' }, stored.etag);
    const answer = await add({ name: 'Again', tenant: tenantId });
    expect(answer.status).toBe(409);
    expect(refusalOf(answer).message).toMatch(/off-boarded/);
  });

  it.each([
    ['unknown GUID', nobody, 'unknown_tenant'],
    ['unknown domain', 'nobody.example', 'unknown_tenant'],
    ['garbage', 'not a tenant!', 'invalid_tenant'],
    ['a path', '../common', 'invalid_tenant'],
    ['common', 'common', 'invalid_tenant'],
    ['an address', 'https://contoso.example/', 'invalid_tenant'],
    ['script', '<script>alert(1)</script>', 'invalid_tenant'],
  ])('refuses %s', async (_, tenant, code) => {
    const answer = await add({ name: 'Nobody', tenant });
    expect(answer.status).toBe(400);
    expect(refusalOf(answer).code).toBe(code);
  });

  it('refuses personal accounts', async () => {
    const tenantId = '9188040d-6c67-4c5b-b112-36a304b66dad';
    environment.simulator.tenants.add({ tenantId, name: 'Personal', domain: 'personal.example' });
    const answer = await add({ name: 'Somebody', tenant: 'personal.example' });
    expect(answer.status).toBe(400);
    expect(refusalOf(answer).code).toBe('consumer_tenant');
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'contoso'],
    ['a list', []],
    ['no name', { tenant: nobody }],
    ['no tenant', { name: 'A' }],
    ['a name of another type', { name: 7, tenant: nobody }],
    ['a tenant of another type', { name: 'A', tenant: { id: nobody } }],
    ['an empty name', { name: '  ', tenant: nobody }],
    ['an empty tenant', { name: 'A', tenant: '' }],
    ['a name that is too long', { name: 'x'.repeat(201), tenant: nobody }],
    ['a tenant that is too long', { name: 'A', tenant: `${'x'.repeat(250)}.example` }],
    ['a line break in the name', { name: 'A\nB', tenant: nobody }],
    ['half a character in the name', { name: 'A\ud800', tenant: nobody }],
  ])('refuses a body with %s', async (_, body) => {
    const answer = await add(body);
    expect(answer.status).toBe(400);
    expect(['invalid_body', 'no_body', 'not_json']).toContain(refusalOf(answer).code);
    expect(answer.text).not.toContain('xxxx');
  });

  it.each([
    ['no JSON', '{"name":', 400],
    ['no UTF-8', Buffer.from('{"name":"M\xfcller","tenant":"contoso.example"}', 'latin1'), 400],
    ['over 64 kB', JSON.stringify({ name: 'A', tenant: nobody, more: 'x'.repeat(65_536) }), 413],
  ])('refuses a body that is %s', async (_, body, status) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await call(apiTenants, { method: 'POST', path: '/api/tenants', headers, body });
    expect(answer.status).toBe(status);
    refusalOf(answer);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    '',
  ])('takes no content type "%s"', async (type) => {
    const body = JSON.stringify({ name: 'A', tenant: contoso.tenantId });
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    const answer = await call(apiTenants, { method: 'POST', path: '/api/tenants', headers, body });
    expect(answer.status).toBe(415);
    refusalOf(answer);
  });

  it('takes application/json with a charset', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    const body = JSON.stringify({ name: 'A', tenant: contoso.tenantId });
    expect((await call(apiTenants, { method: 'POST', path: '/api/tenants', headers, body })).status).toBe(409);
  });
});

describe('GET /api/tenants', () => {
  it('lists all, with what to do next', async () => {
    const answer = await list();
    expect(answer.status).toBe(200);
    const { tenants, ...more } = answer.body as { tenants: unknown[] };
    expect(more).toEqual({});
    expect(tenants).toContainEqual({
      tenantId: contoso.tenantId,
      name: 'Contoso Ltd',
      domain: null,
      state: 'invited',
      nextStep: expect.stringMatching(/^[A-Z].*\.$/) as string,
      addedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      lagSeconds: null,
      recordsToday: 0,
    });
    expect(answer.text).not.toMatch(/hash|invite=/i);
  });

  it('says of an active tenant which feed needs a look', async () => {
    const stored = await environment.tenants.get(contoso.tenantId);
    if (stored) await environment.tenants.replace({ ...stored.value, state: 'active' }, stored.etag);
    const id = { tenantId: contoso.tenantId, contentType: 'DLP.All' } as const;
    await environment.feeds.insert({ ...newFeed(id), state: 'active', position: Date.now() - 3_600_000 });
    const other = { tenantId: contoso.tenantId, contentType: 'Audit.Exchange' } as const;
    await environment.feeds.insert({ ...newFeed(other), position: Date.now() - 7_200_000 });
    const { tenants } = (await list()).body as {
      tenants: { tenantId: string; nextStep: string; lagSeconds: number }[];
    };
    const shown = tenants.find(({ tenantId }) => tenantId === contoso.tenantId);
    expect(shown?.nextStep).toContain('why DLP.All is behind');
    // Of the feed that is active, not of the one that is starting.
    expect(shown?.lagSeconds).toBeGreaterThanOrEqual(3600);
    expect(shown?.lagSeconds).toBeLessThan(7000);
  });

  it.each([
    'evil.example',
    'evil.example:7071',
    'localhost.evil.example',
    'evil.example#localhost',
    '192.168.1.7:7071',
  ])('is not served under the name %s on this machine', async (host) => {
    const answer = await call(apiTenants, { path: '/api/tenants', headers: { host } });
    expect(answer.status).toBe(403);
    expect(refusalOf(answer).code).toBe('foreign_host');
  });

  it.each(['localhost', 'LOCALHOST:7071', '127.0.0.1:9', '[::1]:7071'])('is served under %s', async (host) => {
    expect((await call(apiTenants, { path: '/api/tenants', headers: { host } })).status).toBe(200);
  });

  it('says that storage does not answer, without detail', async () => {
    environment.proxy.fate = () => 'refused';
    const answer = await list();
    expect(answer.status).toBe(503);
    expect(refusalOf(answer).code).toBe('storage_unavailable');
    expect(answer.text).not.toMatch(/devstoreaccount|AuthorizationFailure|Not now/);
  });
});
