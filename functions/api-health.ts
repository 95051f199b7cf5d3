import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';
import { readDestinationHealth } from '../shared/pipeline/destination-health.ts';
import { downInWords } from '../shared/pipeline/destination-words.ts';

/** `GET /api/health`: credential and destinations in words. Wrong settings answer before this does. */
export const apiHealth = apiHandler(async (relay) => {
  const { marks, clock, destinations } = relay;
  const [credential, health] = await Promise.all([marks.get('credential', 'entra'), readDestinationHealth(relay)]);
  const now = clock.now();
  const credentialFails = credential !== undefined && credential.until > now;
  const described = destinations.map(({ name, type }) => {
    const mark = health.downMark(name);
    return { name, type, ...(mark ? { status: 'failing', message: downInWords(mark, now) } : { status: 'ok' }) };
  });
  const ok = !credentialFails && described.every(({ status }) => status === 'ok');
  return {
    jsonBody: {
      status: ok ? 'ok' : 'degraded',
      settings: { status: 'ok' },
      credential: credentialFails ? { status: 'failing', message: credential.reason } : { status: 'ok' },
      destinations: described,
    },
  };
});

app.http('api-health', { route: 'api/health', methods: ['GET'], authLevel: 'function', handler: apiHealth });
