import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { apiTenant } from '../../functions/api-tenant.ts';
import { apiTenantCheck } from '../../functions/api-tenant-check.ts';
import { apiTenantHistory } from '../../functions/api-tenant-history.ts';
import { apiTenantInvitation } from '../../functions/api-tenant-invitation.ts';
import { apiTenants } from '../../functions/api-tenants.ts';
import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { createHistoryStore } from '../../shared/state/history.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import { type Answer, call, postJson, refusalOf } from '../support/call-function.ts';
import { contoso, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';

const { tenantId } = contoso;
const params = { tenantId };

let environment: RelayEnvironment;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  await postJson(apiTenants, '/api/tenants', { name: 'Contoso', tenant: tenantId });
});
beforeEach(async () => {
  environment.proxy.fate = () => 'answered';
  await write({ name: 'Contoso', state: 'invited', contentTypes: [...contentTypes], leaving: undefined });
});
afterAll(() => environment.close());

const stored = async () => {
  const found = await environment.tenants.get(tenantId);
  if (found === undefined) throw new Error('Contoso is not there.');
  return found;
};

async function write(change: Partial<Tenant>): Promise<void> {
  const { value, etag } = await stored();
  await environment.tenants.replace({ ...value, ...change }, etag);
}

const change = (body: unknown, id: string = tenantId): Promise<Answer> =>
  call(apiTenant, {
    method: 'PATCH',
    path: `/api/tenants/${id}`,
    params: { tenantId: id },
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const check = (id: string = tenantId): Promise<Answer> =>
  call(apiTenantCheck, { method: 'POST', path: `/api/tenants/${id}/check`, params: { tenantId: id } });

const history = async (): Promise<{ at: string; what: string; by: string }[]> => {
  const answer = await call(apiTenantHistory, { path: `/api/tenants/${tenantId}/history`, params });
  expect(answer.status).toBe(200);
  return (answer.body as { history: { at: string; what: string; by: string }[] }).history;
};

const newest = async () => (await history())[0];

describe('PATCH /api/tenants/{tenantId}', () => {
  it('renames, and answers with the tenant as GET does', async () => {
    const answer = await change({ name: ' Contoso Ltd ' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual((await call(apiTenant, { path: '/', params })).body);
    expect(answer.body).toMatchObject({ tenantId, name: 'Contoso Ltd', state: 'invited' });
    expect(await newest()).toMatchObject({ what: 'Renamed from Contoso to Contoso Ltd.', by: 'by key' });
  });

  it('switches content types off and on, shown at once', async () => {
    const off = await change({ contentTypes: ['Audit.General', 'Audit.Exchange', 'Audit.General'] });
    expect(off.status).toBe(200);
    expect((await stored()).value.contentTypes).toEqual(['Audit.Exchange', 'Audit.General']);
    expect((off.body as { feeds: { contentType: string }[] }).feeds.map(({ contentType }) => contentType)).toEqual([
      'Audit.Exchange',
      'Audit.General',
    ]);
    expect((await newest())?.what).toBe('Switched off Audit.AzureActiveDirectory, Audit.SharePoint, DLP.All.');
    const on = await change({ contentTypes });
    expect((on.body as { feeds: { state: string }[] }).feeds.map(({ state }) => state)).toEqual(
      Array<string>(5).fill('starting'),
    );
    expect((await newest())?.what).toBe('Switched on Audit.AzureActiveDirectory, Audit.SharePoint, DLP.All.');
  });

  it('pauses and resumes; several changes are one entry', async () => {
    await write({ state: 'active' });
    expect((await change({ paused: true, name: 'Resting' })).body).toMatchObject({
      state: 'paused',
      nextStep: 'Resume it when records should flow again.',
    });
    expect((await newest())?.what).toBe('Renamed from Contoso to Resting. Paused.');
    expect((await change({ paused: false })).body).toMatchObject({ state: 'active' });
    expect((await newest())?.what).toBe('Resumed.');
  });

  it('writes and notes nothing where nothing changes', async () => {
    const { etag } = await stored();
    const before = (await history()).length;
    expect((await change({ name: 'Contoso', contentTypes: [...contentTypes].reverse(), paused: false })).status).toBe(
      200,
    );
    expect((await stored()).etag).toBe(etag);
    expect(await history()).toHaveLength(before);
  });

  it.each([
    ['an empty name', { name: ' ' }, /"name" is not right: must not be empty\./],
    ['a name that is too long', { name: 'x'.repeat(201) }, /"name" .* 200 characters/],
    ['a name of two lines', { name: 'A\nB' }, /"name" .* one line/],
    ['a name of another type', { name: 7 }, /"name" .* text/],
    ['no name', { name: null }, /"name" .* text/],
    ['no content type', { contentTypes: [] }, /"contentTypes" .* at least one content type/],
    ['a content type that is none', { contentTypes: ['Audit.Everything'] }, /"contentTypes\.0" .* Audit\.Exchange/],
    ['content types as text', { contentTypes: 'DLP.All' }, /"contentTypes" .* list/],
    ['a pause that is text', { paused: 'yes' }, /"paused" .* true or false/],
    ['a field that is not known', { state: 'active' }, /not known here/],
    ['nothing', {}, /nothing to change/],
    ['a list', [], /JSON object/],
  ])('refuses %s in one sentence', async (_what, body, words) => {
    const { etag } = await stored();
    const answer = await change(body);
    expect(answer.status).toBe(400);
    expect(refusalOf(answer)).toMatchObject({ code: 'invalid_body', message: expect.stringMatching(words) as string });
    expect((await stored()).etag).toBe(etag);
  });

  it('changes no tenant that is not there or leaves', async () => {
    const nobody = await change({ name: 'A' }, 'aaaaaaaa-2222-3333-4444-555555555555');
    expect([nobody.status, refusalOf(nobody).code]).toEqual([404, 'tenant_not_found']);
    const garbage = await change({ name: 'A' }, 'nobody');
    expect([garbage.status, refusalOf(garbage).code]).toEqual([400, 'invalid_tenant']);
    await write({ state: 'leaving', leaving: 'drain' });
    const leaving = await change({ name: 'A' });
    expect([leaving.status, refusalOf(leaving).code]).toEqual([409, 'tenant_leaving']);
    expect((await stored()).value.name).toBe('Contoso');
  });

  it('is done, and told, although the answer of storage got lost', async () => {
    let writes = 0;
    environment.proxy.fate = (request) =>
      /^PUT .*tenants\(/.test(request) && (writes += 1) === 1 ? 'unheard' : 'answered';
    expect((await change({ name: 'Unheard' })).body).toMatchObject({ name: 'Unheard' });
    expect(writes).toBeGreaterThan(0);
    expect((await newest())?.what).toBe('Renamed from Contoso to Unheard.');
  });

  it('says that storage does not answer', async () => {
    environment.proxy.fate = () => 'refused';
    const answer = await change({ name: 'A' });
    expect([answer.status, refusalOf(answer).code]).toEqual([503, 'storage_unavailable']);
  });

  it('is done although its history cannot be written', async () => {
    environment.proxy.fate = (request) => (request.includes('/history') ? 'refused' : 'answered');
    const answer = await change({ name: 'Untold' });
    expect(answer.status).toBe(200);
    expect(answer.log.join()).toContain('history-not-written');
    expect((await stored()).value.name).toBe('Untold');
  });
});

describe('POST /api/tenants/{tenantId}/check', () => {
  it('asks the lister to look now', async () => {
    await write({ state: 'audit-off', nextCheckAt: Date.now() + 3_600_000 });
    const before = Date.now();
    const answer = await check();
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ tenantId });
    const { checkAskedAt, nextCheckAt, state } = (await stored()).value;
    expect({ nextCheckAt, state }).toEqual({ nextCheckAt: undefined, state: 'audit-off' });
    expect(checkAskedAt).toBeGreaterThanOrEqual(before);
    expect(await newest()).toMatchObject({ what: 'Asked to be checked now.', by: 'by key' });
  });

  it('knows who is not there or leaves', async () => {
    expect(refusalOf(await check('aaaaaaaa-2222-3333-4444-555555555555')).code).toBe('tenant_not_found');
    await write({ state: 'leaving', leaving: 'drop' });
    const answer = await check();
    expect([answer.status, refusalOf(answer).code]).toEqual([409, 'tenant_leaving']);
  });
});

describe('GET /api/tenants/{tenantId}/history', () => {
  it('tells who was added and invited, the newest first', async () => {
    await call(apiTenantInvitation, { method: 'POST', path: '/', params });
    const entries = await history();
    expect(entries[0]).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      what: 'Invited with a new link; the one before is dead.',
      by: 'by key',
    });
    expect(entries.at(-1)?.what).toBe('Added as Contoso, with an invitation.');
    expect(entries.map(({ at }) => at)).toEqual(
      entries
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
  });

  it('ends after 200 entries', async () => {
    const store = createHistoryStore(environment.tables);
    const entry = { tenantId, what: 'Something happened.', by: 'A test' };
    await Promise.all(Array.from({ length: 201 }, (_, n) => store.add({ ...entry, at: Date.now() + n }, `m${n}`)));
    expect(await history()).toHaveLength(200);
  });

  it('is nobody’s who is not there', async () => {
    const id = 'aaaaaaaa-2222-3333-4444-555555555555';
    const answer = await call(apiTenantHistory, { path: '/', params: { tenantId: id } });
    expect([answer.status, refusalOf(answer).code]).toEqual([404, 'tenant_not_found']);
  });
});
