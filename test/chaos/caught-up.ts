import { systemClock } from '../../shared/clock.ts';
import { createAzureTables } from '../../shared/state/azure-tables.ts';
import { createFeedStore } from '../../shared/state/feeds.ts';
import type { StorageClients } from '../../shared/state/storage-clients.ts';

/** Waits until so many feeds have been listed to now: the first listing of a new tenant's 167 hours is no steady state. */
export async function caughtUp(clients: StorageClients, feedCount: number, signal: AbortSignal): Promise<void> {
  const feeds = createFeedStore(createAzureTables(clients));
  for (;;) {
    const now = systemClock.now();
    const listed = (await feeds.all()).filter(
      ({ value: { position = 0, sweepDueAt = 0 } }) => position > now - 60_000 && sweepDueAt > now,
    );
    if (listed.length >= feedCount) return;
    await systemClock.sleep(500, signal);
  }
}
