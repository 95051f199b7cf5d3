import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';
import { readDestinationHealth } from '../shared/pipeline/destination-health.ts';
import type { DestinationMark } from '../shared/state/destination-marks.ts';

/** `GET /api/health`: credential and destinations in words. Wrong settings answer before this does. */
export const apiHealth = apiHandler(async (relay) => {
  const { marks, clock, destinations } = relay;
  const [credential, health] = await Promise.all([marks.get('credential', 'entra'), readDestinationHealth(relay)]);
  const now = clock.now();
  const credentialFails = credential !== undefined && credential.until > now;
  const described = destinations.map(({ name, type }) => {
    const mark = health.downMark(name);
    return { name, type, ...(mark ? { status: 'failing', message: inWords(mark, now) } : { status: 'ok' }) };
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

/** What is wrong, since when, and when it is asked again. */
function inWords({ reason = '', since, times, until }: DestinationMark, now: number): string {
  const often = times === 1 ? 'once' : `${times} times in a row`;
  const next = until > now ? `asked again at ${utc(until)}` : 'asked again with the next batch';
  return `${reason} (Failed ${often} since ${utc(since)}; ${next}.)`.trimStart();
}

/** To the second. */
const utc = (time: number): string => new Date(time).toISOString().replace(/\.\d+/, '');

app.http('api-health', { route: 'api/health', methods: ['GET'], authLevel: 'function', handler: apiHealth });
