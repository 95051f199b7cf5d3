import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';
import { findTenant } from '../shared/http/find-tenant.ts';
import { describeFeeds } from '../shared/tenants/describe-tenant.ts';
import { tenantDetail } from '../shared/tenants/tenant-json.ts';

/** `GET /api/tenants/{tenantId}`: one customer with its feeds. */
export const apiTenant = apiHandler(async (relay, request) => {
  const { value } = await findTenant(relay, request);
  return { jsonBody: tenantDetail(value, await describeFeeds(relay, value)) };
});

app.http('api-tenant', {
  route: 'api/tenants/{tenantId}',
  methods: ['GET'],
  authLevel: 'function',
  handler: apiTenant,
});
