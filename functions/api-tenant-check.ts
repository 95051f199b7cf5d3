import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';
import { findTenant } from '../shared/http/find-tenant.ts';
import { checkNow } from '../shared/tenants/check-now.ts';
import { byKey } from '../shared/tenants/note-history.ts';

/** `POST /api/tenants/{tenantId}/check`: the lister looks again in its next cycle, past the waits. */
export const apiTenantCheck = apiHandler(async (relay, request) => {
  const { tenantId } = (await findTenant(relay, request)).value;
  await checkNow(relay, tenantId, byKey);
  return { status: 202, jsonBody: { tenantId } };
});

app.http('api-tenant-check', {
  route: 'api/tenants/{tenantId}/check',
  methods: ['POST'],
  authLevel: 'function',
  handler: apiTenantCheck,
});
