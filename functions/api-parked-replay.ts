import { app } from '@azure/functions';
import { z } from 'zod';

import { contentTypes } from '../shared/activity-api/content-types.ts';
import { ApiError } from '../shared/http/api-error.ts';
import { apiHandler } from '../shared/http/api-handler.ts';
import { readJson } from '../shared/http/read-body.ts';
import { replayParked } from '../shared/pipeline/replay-parked.ts';
import { byKey } from '../shared/tenants/note-history.ts';

const body = z.strictObject({
  tenantId: z.guid('must be a tenant’s GUID').toLowerCase().optional(),
  contentType: z.enum(contentTypes, `must be one of ${contentTypes.join(', ')}`).optional(),
  contentIds: z
    .array(
      z.string('must be text').min(1, 'must not be empty').max(1000, 'must be at most 1,000 characters long'),
      'must be a list of content ids',
    )
    .max(1000, 'must name at most 1,000 contents')
    .optional(),
});

/** `POST /api/parked/replay`: back into the queue, all that is parked or a part of it. */
export const apiParkedReplay = apiHandler(async (relay, request) => {
  const filter = await readJson(request, body);
  if (filter.tenantId !== undefined && (await relay.tenants.get(filter.tenantId)) === undefined) {
    throw new ApiError(404, 'tenant_not_found', `There is no tenant ${filter.tenantId}: look it up in the list.`);
  }
  return { jsonBody: { replayed: await replayParked(relay, filter, byKey) } };
});

app.http('api-parked-replay', {
  route: 'api/parked/replay',
  methods: ['POST'],
  authLevel: 'function',
  handler: apiParkedReplay,
});
