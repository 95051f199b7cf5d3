import { app } from '@azure/functions';
import { z } from 'zod';

import { apiHandler } from '../shared/http/api-handler.ts';
import { readJson } from '../shared/http/read-body.ts';
import { addTenant } from '../shared/tenants/add-tenant.ts';
import { tenantSummary } from '../shared/tenants/tenant-json.ts';

const body = z.object({
  name: z
    .string('must be text')
    .trim()
    .min(1, 'must not be empty')
    .max(200, 'must be at most 200 characters long')
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line of text'),
  tenant: z
    .string('must be text')
    .trim()
    .min(1, 'must be a tenant ID or a domain')
    .max(253, 'must be a tenant ID or a domain'),
});

/** `GET /api/tenants`, `POST /api/tenants`: all customers; one more. */
export const apiTenants = apiHandler(async (relay, request) => {
  if (request.method === 'GET') {
    const tenants = await relay.tenants.all();
    return { jsonBody: { tenants: tenants.map(({ value }) => tenantSummary(value)) } };
  }
  const { tenant, invitation } = await addTenant(relay, await readJson(request, body));
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
