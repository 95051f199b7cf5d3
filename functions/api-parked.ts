import { app } from '@azure/functions';

import { isGuid } from '../shared/entra/tenant-name.ts';
import { ApiError } from '../shared/http/api-error.ts';
import { apiHandler } from '../shared/http/api-handler.ts';
import { listParked } from '../shared/pipeline/parked.ts';

/** `GET /api/parked`, `?tenantId=…`: everything that is out of the way, or what is of one tenant, with its reason. */
export const apiParked = apiHandler(async (relay, { query }) => {
  const parked = await listParked(relay, { tenantId: readTenant(query.get('tenantId')) });
  return {
    jsonBody: {
      parked: parked.map(({ firstSeen, replayableUntil, ...entry }) => ({
        ...entry,
        firstSeen: new Date(firstSeen).toISOString(),
        replayableUntil: replayableUntil === null ? null : new Date(replayableUntil).toISOString(),
      })),
    },
  };
});

/** @throws ApiError 400 */
function readTenant(text: string | null): string | undefined {
  if (text === null) return undefined;
  if (isGuid(text)) return text.toLowerCase();
  throw new ApiError(400, 'invalid_tenant', '"tenantId" is not right: it must be a GUID.');
}

app.http('api-parked', { route: 'api/parked', methods: ['GET'], authLevel: 'function', handler: apiParked });
