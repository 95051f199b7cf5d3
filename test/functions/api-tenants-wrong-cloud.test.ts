import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { apiTenants } from '../../functions/api-tenants.ts';
import { postJson, refusalOf } from '../support/call-function.ts';
import { contoso, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';
import { type Login, refused, startLogin } from '../shared/entra/loopback.ts';

// The simulator has one cloud only, so another login stands in for the one that does not know the tenant.
let login: Login;
let environment: RelayEnvironment;
beforeAll(async () => {
  login = await startLogin();
  environment = await startRelayEnvironment({ CUSTOM_AUTHORITY_HOST: login.url });
});
afterEach(async () => {
  expect(await environment.tenants.all()).toEqual([]);
});
afterAll(async () => {
  await environment.close();
  await login.close();
});

it('refuses a tenant of another cloud', async () => {
  login.onMetadata = () => refused(400, 'invalid_tenant', 90038);
  const answer = await postJson(apiTenants, '/api/tenants', { name: 'Elsewhere', tenant: contoso.tenantId });
  expect(answer.status).toBe(400);
  expect(refusalOf(answer).code).toBe('wrong_cloud');
});

it('says that Microsoft cannot be reached', async () => {
  login.onMetadata = () => ({ status: 503, body: 'busy' });
  const answer = await postJson(apiTenants, '/api/tenants', { name: 'Elsewhere', tenant: contoso.tenantId });
  expect(answer.status).toBe(502);
  expect(refusalOf(answer).code).toBe('microsoft_unreachable');
});
