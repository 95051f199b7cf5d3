import { app } from '@azure/functions';
import { z } from 'zod';

import { ApiError } from '../shared/http/api-error.ts';
import { apiHandler } from '../shared/http/api-handler.ts';
import { findTenant } from '../shared/http/find-tenant.ts';
import { readJson } from '../shared/http/read-body.ts';
import type { Relay } from '../shared/relay.ts';
import type { Tenant } from '../shared/state/tenants.ts';
import { changeTenant } from '../shared/tenants/change-tenant.ts';
import { describeFeeds } from '../shared/tenants/describe-tenant.ts';
import { byKey } from '../shared/tenants/note-history.ts';
import { type LeavingQueue, offBoard } from '../shared/tenants/off-board.ts';
import { contentTypesField, nameField } from '../shared/tenants/tenant-fields.ts';
import { tenantDetail } from '../shared/tenants/tenant-json.ts';

const change = z
  .strictObject({
    name: nameField.optional(),
    contentTypes: contentTypesField.optional(),
    paused: z.boolean('must be true or false').optional(),
  })
  .refine((fields) => Object.keys(fields).length > 0, 'it names nothing to change');

/** `GET /api/tenants/{tenantId}`, `PATCH`, `DELETE`: one customer with its feeds; rename, choose types, pause; off-board. */
export const apiTenant = apiHandler(async (relay, request) => {
  const { value } = await findTenant(relay, request);
  const { tenantId } = value;
  switch (request.method) {
    case 'PATCH': {
      const wanted = await readJson(request, change);
      return { jsonBody: await detail(relay, await changeTenant(relay, tenantId, wanted, byKey)) };
    }
    case 'DELETE':
      await offBoard(relay, tenantId, readQueue(request.query.get('queue')), byKey);
      return { status: 202, jsonBody: { tenantId, state: 'leaving' } };
    default:
      return { jsonBody: await detail(relay, value) };
  }
});

/** @throws ApiError 400 */
function readQueue(text: string | null): LeavingQueue {
  if (text === null) return 'drain';
  if (text === 'drain' || text === 'drop') return text;
  throw new ApiError(400, 'invalid_queue', '"queue" is not right: it must be drain or drop.');
}

const detail = async (relay: Relay, tenant: Tenant) =>
  tenantDetail(tenant, await describeFeeds(relay, tenant), relay.clock.now());

app.http('api-tenant', {
  route: 'api/tenants/{tenantId}',
  methods: ['GET', 'PATCH', 'DELETE'],
  authLevel: 'function',
  handler: apiTenant,
});
