import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';
import { findTenant } from '../shared/http/find-tenant.ts';
import { inviteAgain } from '../shared/tenants/add-tenant.ts';
import { byKey } from '../shared/tenants/note-history.ts';

/** `POST /api/tenants/{tenantId}/invitation`: a new link; the old one dies. */
export const apiTenantInvitation = apiHandler(async (relay, request) => {
  const tenant = await findTenant(relay, request);
  const { url, expires } = await inviteAgain(relay, tenant, byKey);
  return { status: 201, jsonBody: { invitation: { url, expires: new Date(expires).toISOString() } } };
});

app.http('api-tenant-invitation', {
  route: 'api/tenants/{tenantId}/invitation',
  methods: ['POST'],
  authLevel: 'function',
  handler: apiTenantInvitation,
});
