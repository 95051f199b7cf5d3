import { afterAll, beforeAll, expect, it } from 'vitest';

import { apiTenant } from '../../functions/api-tenant.ts';
import { apiTenants } from '../../functions/api-tenants.ts';
import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { newFeed } from '../../shared/state/feeds.ts';
import { call, postJson, refusalOf } from '../support/call-function.ts';
import { contoso, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';

let environment: RelayEnvironment;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  await postJson(apiTenants, '/api/tenants', { name: 'Contoso', tenant: contoso.tenantId });
});
afterAll(() => environment.close());

const get = (tenantId: string) =>
  call(apiTenant, { path: `/api/tenants/${encodeURIComponent(tenantId)}`, params: { tenantId } });

const nothingYet = {
  state: 'starting',
  position: null,
  lagSeconds: null,
  lagReason: null,
  gaps: [],
  contents: { queued: 0, delivered: 0, parked: 0, lost: 0 },
  records: { delivered: 0, duplicates: 0, parked: 0 },
};

it('shows a tenant that was just invited, to the last field', async () => {
  const answer = await get(contoso.tenantId);
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    tenantId: contoso.tenantId,
    name: 'Contoso',
    domain: null,
    state: 'invited',
    nextStep: 'Send the invitation link to an administrator of the customer.',
    missingRoles: [],
    consentedAt: null,
    consentedBy: null,
    feeds: contentTypes.map((contentType) => ({ contentType, ...nothingYet })),
  });
});

it('shows position, lag and gaps of a feed as times', async () => {
  const position = Math.floor(Date.now() / 1000) * 1000 - 90_000;
  const gap = { from: position - 7_200_000, to: position - 3_600_000, why: 'The audit log was off.' };
  const id = { tenantId: contoso.tenantId, contentType: 'Audit.Exchange' } as const;
  await environment.feeds.insert({ ...newFeed(id), state: 'active', position, gaps: [gap] });
  const { feeds } = (await get(contoso.tenantId)).body as { feeds: { contentType: string; lagSeconds: number }[] };
  const feed = feeds.find(({ contentType }) => contentType === 'Audit.Exchange');
  expect(feed).toMatchObject({
    state: 'active',
    position: new Date(position).toISOString(),
    gaps: [{ from: new Date(gap.from).toISOString(), to: new Date(gap.to).toISOString(), why: gap.why }],
  });
  expect(feed?.lagSeconds).toBeGreaterThanOrEqual(90);
  expect(feed?.lagSeconds).toBeLessThan(150);
});

it('takes the GUID in any letter case', async () => {
  expect((await get('11111111-2222-3333-4444-555555555555'.toUpperCase())).status).toBe(200);
});

it('does not know a tenant that was not added', async () => {
  const answer = await get('99999999-2222-3333-4444-555555555555');
  expect(answer.status).toBe(404);
  expect(refusalOf(answer).code).toBe('tenant_not_found');
});

it.each(['contoso.example', '', '1', "x' or PartitionKey ne '", `${contoso.tenantId}/..`, '../tenants'])(
  'refuses "%s", which is no GUID',
  async (tenantId) => {
    const answer = await get(tenantId);
    expect(answer.status).toBe(400);
    expect(refusalOf(answer).code).toBe('invalid_tenant');
  },
);

it('answers a fault of its own with 500 and no detail', async () => {
  const row = { partitionKey: contoso.tenantId, rowKey: 'DLP.All', state: 'active', gaps: '{"secret-of-a-row' };
  await environment.tables.table('feeds').insert(row);
  const answer = await get(contoso.tenantId);
  expect(answer.status).toBe(500);
  expect(refusalOf(answer)).toEqual({
    code: 'internal_error',
    message: 'Something failed on our side: try again, and read the log if it stays.',
  });
  expect(answer.log.join()).toContain('api-failed');
});
