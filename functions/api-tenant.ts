import { app } from '@azure/functions';
import { z } from 'zod';

import { apiHandler } from '../shared/http/api-handler.ts';
import { findTenant } from '../shared/http/find-tenant.ts';
import { readJson } from '../shared/http/read-body.ts';
import type { Relay } from '../shared/relay.ts';
import type { Tenant } from '../shared/state/tenants.ts';
import { changeTenant } from '../shared/tenants/change-tenant.ts';
import { describeFeeds } from '../shared/tenants/describe-tenant.ts';
import { byKey } from '../shared/tenants/note-history.ts';
import { contentTypesField, nameField } from '../shared/tenants/tenant-fields.ts';
import { tenantDetail } from '../shared/tenants/tenant-json.ts';

const change = z.strictObject({
  name: nameField.optional(),
  contentTypes: contentTypesField.optional(),
  paused: z.boolean('must be true or false').optional(),
});

/** `GET /api/tenants/{tenantId}`, `PATCH`: one customer with its feeds; rename, choose types, pause. */
export const apiTenant = apiHandler(async (relay, request) => {
  const { value } = await findTenant(relay, request);
  if (request.method === 'GET') return { jsonBody: await detail(relay, value) };
  const wanted = await readJson(request, change);
  return { jsonBody: await detail(relay, await changeTenant(relay, value.tenantId, wanted, byKey)) };
});

const detail = async (relay: Relay, tenant: Tenant) => tenantDetail(tenant, await describeFeeds(relay, tenant));

app.http('api-tenant', {
  route: 'api/tenants/{tenantId}',
  methods: ['GET', 'PATCH'],
  authLevel: 'function',
  handler: apiTenant,
});
