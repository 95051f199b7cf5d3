import { DestinationError } from './destination-error.ts';
import type { Destination } from './destination.ts';
import { sendRequest } from './send-request.ts';
import type { SendRequestDeps } from './send-request.ts';
import { testDelivery } from './test-record.ts';

/**
 * Sends one marked test record, once.
 * @returns why it was not taken: `refused` and `too-large` are the destination's word for the record, all else is a failure
 * @throws the signal's reason when aborted
 */
export async function sendTestRecord(
  destination: Destination,
  deps: Omit<SendRequestDeps, 'retryPausesMs'>,
): Promise<'taken' | DestinationError> {
  try {
    const delivery = testDelivery(deps.clock.now(), deps.random);
    const [word] = await sendRequest(destination, delivery, { ...deps, retryPausesMs: [] });
    if (word?.taken !== false) return 'taken';
    return new DestinationError(`Destination ${destination.name} refused a record and says: ${word.answer}`, {
      kind: 'refused',
    });
  } catch (error) {
    if (error instanceof DestinationError) return error;
    throw error;
  }
}
