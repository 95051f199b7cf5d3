import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';
import { listParked } from '../shared/pipeline/parked.ts';

/** `GET /api/parked`: everything that is out of the way, with its reason. */
export const apiParked = apiHandler(async (relay) => {
  const parked = await listParked(relay);
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

app.http('api-parked', { route: 'api/parked', methods: ['GET'], authLevel: 'function', handler: apiParked });
