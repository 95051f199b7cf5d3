import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import type { TestPipeline } from '../../support/test-pipeline.ts';

/** What a destination that is down says. */
export const unavailable = new DestinationError('It is down; wait.', { kind: 'unavailable' });

/** A destination is known to be down, and does not answer. */
export async function putDown(pipeline: TestPipeline, index: number): Promise<void> {
  const destination = pipeline.destinations[index];
  if (destination === undefined) throw new Error('unreachable');
  await (await readDestinationHealth(pipeline)).failed(destination.name, unavailable);
  destination.down = unavailable;
}

/** Requests that reached a destination, answered or not. */
export function countRequests(pipeline: TestPipeline, index: number): { count: number } {
  const requests = { count: 0 };
  const destination = pipeline.destinations[index];
  if (destination === undefined) throw new Error('unreachable');
  const deliver = destination.deliver.bind(destination);
  destination.deliver = async (delivery, signal) => {
    requests.count += 1;
    return await deliver(delivery, signal);
  };
  return requests;
}
