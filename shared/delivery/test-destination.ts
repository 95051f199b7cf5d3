import { startDeadline } from '../deadline.ts';
import { ApiError } from '../http/api-error.ts';
import type { Relay } from '../relay.ts';
import { sendTestRecord } from './send-test-record.ts';

/** Longer than any destination takes that gives itself a limit. */
const mostMs = 120_000;

/** What a destination made of a test record, in words. */
export interface TestAnswer {
  readonly destination: string;
  readonly status: 'taken' | 'refused' | 'failed';
  readonly message: string;
}

/**
 * Sends one marked test record, once.
 * @param name of the destination, in any case @throws ApiError 404 if there is none of that name
 */
export async function testDestination(
  { destinations, clock, random, log }: Pick<Relay, 'destinations' | 'clock' | 'random' | 'log'>,
  name: string | undefined,
): Promise<TestAnswer> {
  const destination = destinations.find((one) => one.name === name?.toLowerCase());
  if (destination === undefined) {
    const names = destinations.map((one) => one.name).join(', ');
    throw new ApiError(404, 'destination_not_found', `There is no destination of that name: choose from ${names}.`);
  }
  using deadline = startDeadline(clock, mostMs, `The test of destination ${destination.name}`);
  const outcome = await sendTestRecord(destination, { clock, random, signal: deadline.signal });
  const answer = inWords(destination.name, outcome);
  log.info('destination-tested', { destination: destination.name, status: answer.status });
  return answer;
}

function inWords(destination: string, outcome: Awaited<ReturnType<typeof sendTestRecord>>): TestAnswer {
  if (outcome === 'taken') {
    return { destination, status: 'taken', message: `Destination ${destination} took the test record.` };
  }
  const isRefused = outcome.kind === 'refused' || outcome.kind === 'too-large';
  return { destination, status: isRefused ? 'refused' : 'failed', message: outcome.message };
}
