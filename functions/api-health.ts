import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';

/** `GET /api/health`: credential and destinations in words. Wrong settings answer before this does. */
export const apiHealth = apiHandler(async ({ marks, clock, destinations }) => {
  const [credential, failing] = await Promise.all([marks.get('credential', 'entra'), marks.all('destination')]);
  const now = clock.now();
  const credentialFails = credential !== undefined && credential.until > now;
  const described = destinations.map(({ name, type }) => {
    const mark = failing.get(name);
    const fails = mark !== undefined && mark.until > now;
    return { name, type, status: fails ? 'failing' : 'ok', ...(fails ? { message: mark.reason } : {}) };
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
