import type { OpenHour } from '../state/open-hours.ts';
import { RowConflict } from '../state/table.ts';
import type { Closing } from './closing.ts';
import { isHeld, recordsOf } from './give-up.ts';
import { targetsOf } from './record-rows.ts';
import { queueWaiting } from './waiting.ts';

/** Hours that are looked at in search of something that waits for a destination. */
const mostHours = 100;

/**
 * Sends one waiting batch to each destination that is down and that nobody has probed although its mark ran out.
 * @throws StorageError
 */
export async function sendProbes(closing: Closing, open: readonly OpenHour[]): Promise<void> {
  const { pipeline, health } = closing;
  for (const { name } of pipeline.destinations) {
    if (!health.isDown(name) || !(await health.claimSending(name))) continue;
    for (const hour of open.slice(0, mostHours)) if (await sendProbe(closing, hour, name)) break;
  }
}

/** @returns whether anything of this hour waited for the destination */
async function sendProbe(
  { pipeline, configured }: Closing,
  { feed, hour }: OpenHour,
  destination: string,
): Promise<boolean> {
  const { ledger, clock, batchSize, log } = pipeline;
  const rows = await ledger.hour(feed, hour);
  const now = clock.now();
  const waiting = rows.contents
    .filter(({ value }) => value.state === 'waiting' && !isHeld(value, now))
    .filter(({ value }) => targetsOf(value, recordsOf(rows, value), configured).includes(destination))
    // What it refused before proves nothing.
    .toSorted((a, b) => Number(a.value.hasRecordRows) - Number(b.value.hasRecordRows));
  if (waiting.length === 0) return false;
  try {
    await queueWaiting(pipeline, feed, hour, waiting.slice(0, batchSize));
  } catch (error) {
    if (!(error instanceof RowConflict)) throw error;
    return false;
  }
  log.info('probe-queued', { destination, ...feed, hour });
  return true;
}
