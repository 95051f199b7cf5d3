import { DeadlineError } from '../deadline.ts';
import { DestinationError } from './destination-error.ts';
import type { Destination } from './destination.ts';
import { printable } from './printable.ts';
import { sendRequest } from './send-request.ts';
import type { SendRequestDeps } from './send-request.ts';
import { testDelivery } from './test-record.ts';

const shownAnswer = 500;

/**
 * Sends one marked test record, once.
 * @returns why it was not taken: `refused` and `too-large` are the destination's word for the record, all else is a failure
 * @throws the signal's reason when aborted, unless that is a deadline
 */
export async function sendTestRecord(
  destination: Destination,
  deps: Omit<SendRequestDeps, 'retryPausesMs'>,
): Promise<'taken' | DestinationError> {
  const { name } = destination;
  try {
    const delivery = testDelivery(deps.clock.now(), deps.random);
    const [word] = await sendRequest(destination, delivery, { ...deps, retryPausesMs: [] });
    if (word?.taken !== false) return 'taken';
    const said = printable(word.answer, shownAnswer);
    return new DestinationError(`Destination ${name} refused a record and says: ${said}`, { kind: 'refused' });
  } catch (error) {
    if (error instanceof DestinationError) return error;
    if (error instanceof DeadlineError) return new DestinationError(error.message, { kind: 'unavailable' });
    throw error;
  }
}
