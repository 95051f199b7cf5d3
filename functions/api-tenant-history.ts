import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';
import { findTenant } from '../shared/http/find-tenant.ts';

/** The most entries of one answer. */
const most = 200;

/** `GET /api/tenants/{tenantId}/history`: what happened to a customer, when and by whom, the newest first. */
export const apiTenantHistory = apiHandler(async (relay, request) => {
  const { tenantId } = (await findTenant(relay, request)).value;
  const entries = await relay.history.ofTenant(tenantId, most);
  return { jsonBody: { history: entries.map(({ at, what, by }) => ({ at: new Date(at).toISOString(), what, by })) } };
});

app.http('api-tenant-history', {
  route: 'api/tenants/{tenantId}/history',
  methods: ['GET'],
  authLevel: 'function',
  handler: apiTenantHistory,
});
