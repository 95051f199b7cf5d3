import type { LedgerContent } from '../state/ledger-row.ts';
import type { OpenHour } from '../state/open-hours.ts';
import type { Stored } from '../state/stored.ts';
import { RowConflict } from '../state/table.ts';
import type { Closing } from './closing.ts';
import { isHeld, recordsOf } from './give-up.ts';
import { targetsOf } from './record-rows.ts';
import { queueWaiting } from './waiting.ts';

/** Hours that are looked at in search of something that waits for a destination. */
const mostHours = 100;

/** Contents of one of them may be such as cannot be fetched. */
const mostTenants = 3;

/**
 * Sends waiting batches of a few tenants to each destination that is down and that nobody has probed although its mark
 * ran out: the first that has something to send probes, the others wait again.
 * @throws StorageError
 */
export async function sendProbes(closing: Closing, open: readonly OpenHour[]): Promise<void> {
  const { pipeline, health } = closing;
  const { batchSize, log } = pipeline;
  for (const { name } of pipeline.destinations) {
    if (!health.isUnclaimed(name)) continue;
    const found = await findWaiting(closing, open, name);
    if (found.length === 0 || !(await health.claimSending(name))) continue;
    for (const { feed, hour, rows } of found) {
      try {
        await queueWaiting(pipeline, feed, hour, rows.slice(0, batchSize));
        log.info('probe-queued', { destination: name, ...feed, hour });
      } catch (error) {
        if (!(error instanceof RowConflict)) throw error;
      }
    }
  }
}

type WaitingHour = OpenHour & { readonly rows: readonly Stored<LedgerContent>[] };

/** An hour of each of a few tenants, with what waits there for the destination. */
async function findWaiting(closing: Closing, open: readonly OpenHour[], destination: string): Promise<WaitingHour[]> {
  const found = new Map<string, WaitingHour>();
  let looked = 0;
  for (const one of open) {
    if (found.has(one.feed.tenantId)) continue;
    if (found.size === mostTenants || looked === mostHours) break;
    looked += 1;
    const rows = await waitingRows(closing, one, destination);
    if (rows.length > 0) found.set(one.feed.tenantId, { ...one, rows });
  }
  return [...found.values()];
}

async function waitingRows(
  { pipeline: { ledger, clock }, configured }: Closing,
  { feed, hour }: OpenHour,
  destination: string,
): Promise<Stored<LedgerContent>[]> {
  const rows = await ledger.hour(feed, hour);
  const now = clock.now();
  return (
    rows.contents
      .filter(({ value }) => value.state === 'waiting' && !isHeld(value, now))
      .filter(({ value }) => targetsOf(value, recordsOf(rows, value), configured).includes(destination))
      // What it refused before proves nothing.
      .toSorted((a, b) => Number(a.value.hasRecordRows) - Number(b.value.hasRecordRows))
  );
}
