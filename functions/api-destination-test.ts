import { app } from '@azure/functions';

import { testDestination } from '../shared/delivery/test-destination.ts';
import { apiHandler } from '../shared/http/api-handler.ts';

/** `POST /api/destinations/{name}/test`: sends one marked test record, once; the destination's answer in words. */
export const apiDestinationTest = apiHandler(async (relay, request) => ({
  jsonBody: await testDestination(relay, request.params['name']),
}));

app.http('api-destination-test', {
  route: 'api/destinations/{name}/test',
  methods: ['POST'],
  authLevel: 'function',
  handler: apiDestinationTest,
});
