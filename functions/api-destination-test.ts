import { app } from '@azure/functions';

import { startDeadline } from '../shared/deadline.ts';
import { sendTestRecord } from '../shared/delivery/send-test-record.ts';
import { apiHandler } from '../shared/http/api-handler.ts';
import { ApiError } from '../shared/http/api-error.ts';

/** Longer than any destination takes that gives itself a limit. */
const mostMs = 120_000;

/** `POST /api/destinations/{name}/test`: sends one marked test record, once; the destination's answer in words. */
export const apiDestinationTest = apiHandler(async ({ destinations, clock, random, log }, request) => {
  const name = request.params['name']?.toLowerCase();
  const destination = destinations.find((one) => one.name === name);
  if (destination === undefined) {
    const names = destinations.map((one) => one.name).join(', ');
    throw new ApiError(404, 'destination_not_found', `There is no destination of that name: choose from ${names}.`);
  }
  using deadline = startDeadline(clock, mostMs, `The test of destination ${destination.name}`);
  const outcome = await sendTestRecord(destination, { clock, random, signal: deadline.signal });
  const { status, message } = inWords(destination.name, outcome);
  log.info('destination-tested', { destination: destination.name, status });
  return { jsonBody: { destination: destination.name, status, message } };
});

function inWords(
  name: string,
  outcome: Awaited<ReturnType<typeof sendTestRecord>>,
): { status: 'taken' | 'refused' | 'failed'; message: string } {
  if (outcome === 'taken') return { status: 'taken', message: `Destination ${name} took the test record.` };
  const isRefused = outcome.kind === 'refused' || outcome.kind === 'too-large';
  return { status: isRefused ? 'refused' : 'failed', message: outcome.message };
}

app.http('api-destination-test', {
  route: 'api/destinations/{name}/test',
  methods: ['POST'],
  authLevel: 'function',
  handler: apiDestinationTest,
});
