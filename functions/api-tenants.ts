import { app } from '@azure/functions';
import { z } from 'zod';

import { apiHandler } from '../shared/http/api-handler.ts';
import { readJson } from '../shared/http/read-body.ts';
import { addTenant } from '../shared/tenants/add-tenant.ts';
import { listTenants } from '../shared/tenants/list-tenants.ts';
import { byKey } from '../shared/tenants/note-history.ts';
import { contentTypesField, nameField, tenantField } from '../shared/tenants/tenant-fields.ts';
import { tenantSummary } from '../shared/tenants/tenant-json.ts';

const body = z.strictObject({
  name: nameField,
  tenant: tenantField,
  contentTypes: contentTypesField.optional(),
});

/** `GET /api/tenants`, `POST /api/tenants`: all customers; one more. */
export const apiTenants = apiHandler(async (relay, request) => {
  if (request.method === 'GET') return { jsonBody: { tenants: (await listTenants(relay)).map(tenantSummary) } };
  const { tenant, invitation } = await addTenant(relay, await readJson(request, body), byKey);
  return {
    status: 201,
    jsonBody: {
      tenantId: tenant.tenantId,
      name: tenant.name,
      state: tenant.state,
      invitation: { url: invitation.url, expires: new Date(invitation.expires).toISOString() },
    },
  };
});

app.http('api-tenants', {
  route: 'api/tenants',
  methods: ['GET', 'POST'],
  authLevel: 'function',
  handler: apiTenants,
});
