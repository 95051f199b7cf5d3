import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';
import { ApiError } from '../shared/http/api-error.ts';
import { findTenant } from '../shared/http/find-tenant.ts';
import { inviteAgain } from '../shared/tenants/add-tenant.ts';

/** `POST /api/tenants/{tenantId}/invitation`: a new link; the old one dies. */
export const apiTenantInvitation = apiHandler(async (relay, request) => {
  const tenant = await findTenant(relay, request);
  if (tenant.value.state === 'leaving') {
    throw new ApiError(409, 'tenant_leaving', 'The tenant is being off-boarded: add it again when it is gone.');
  }
  const { url, expires } = await inviteAgain(relay, tenant);
  return { status: 201, jsonBody: { invitation: { url, expires: new Date(expires).toISOString() } } };
});

app.http('api-tenant-invitation', {
  route: 'api/tenants/{tenantId}/invitation',
  methods: ['POST'],
  authLevel: 'function',
  handler: apiTenantInvitation,
});
