import { hourMs } from '../activity-api/hours.ts';
import { DeadlineError, startDeadline } from '../deadline.ts';
import { sendTestRecord } from '../delivery/send-test-record.ts';
import type { Forwarding } from './batch-work.ts';
import type { BatchResults } from './finish-batch.ts';

/** A destination that has taken nothing at all since it refused a record this long ago is asked by the test record. */
const testAfterMs = hourMs;

/** Well within what a hold lasts. */
const testMs = 20_000;

/**
 * Tells all workers which destinations this batch found down, and which up again.
 * @returns by destination when this batch's worker is to ask it again; for the others somebody else does
 * @throws StorageError
 */
export async function noteDestinations(work: Forwarding, results: BatchResults): Promise<Map<string, number>> {
  const { health } = work;
  const probes = new Map<string, number>();
  for (const [name, error] of results.dropped) {
    if (error.kind === 'refused') await askTestRecord(work, results, name);
    const askAgainAt = await health.failed(name, error);
    if (askAgainAt !== undefined) probes.set(name, askAgainAt);
  }
  await health.settleTaken();
  // A batch may take minutes: what it lets wait for a destination that has come up meanwhile would be found late.
  await health.readAgain();
  return probes;
}

/**
 * Whether it is the records that are wrong or the destination shows when it takes another record. With no other traffic
 * for an hour that is the marked test record; if it is taken, the next attempt parks what is refused again.
 */
async function askTestRecord(work: Forwarding, { fetched }: BatchResults, name: string): Promise<void> {
  const { pipeline, health, recordRows } = work;
  const now = [...fetched.values()].flatMap(({ destinations }) => destinations.get(name)?.suspected ?? []);
  const before = [...recordRows.values()].flat().filter((row) => row.destination === name);
  const first = Math.min(
    ...now.map(({ firstRefusedAt }) => firstRefusedAt),
    ...before.map(({ firstSeen }) => firstSeen),
  );
  const destination = pipeline.destinations.find((one) => one.name === name);
  const isSilent = (health.lastTaken(name) ?? 0) <= first && first <= pipeline.clock.now() - testAfterMs;
  if (destination === undefined || !isSilent) return;
  using deadline = startDeadline(pipeline.clock, testMs, 'The test record');
  const { signal } = deadline;
  const answer = await sendTestRecord(destination, { ...pipeline, signal }).catch((error: unknown) => {
    if (error instanceof DeadlineError) return error;
    throw error;
  });
  const said = answer === 'taken' ? answer : answer.message;
  pipeline.log.info('test-record-sent', { destination: name, answer: said });
  if (answer === 'taken') health.noteTaken(name);
}
