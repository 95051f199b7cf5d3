import { batchFields, type Forwarding } from './batch-work.ts';
import type { RowChange } from './held-rows.ts';
import { afterDelivery, type Attempt, isStruckOff } from './settling.ts';

/** Contents that finished are settled together, at most this much later. */
const settleMs = 2_000;

/** Settles contents as they finish: one transaction serves all that finished within a moment. */
export interface Settler {
  settle(contentId: string, attempt: Attempt): void;
  /** Settles what is left, at once, and what could not be written before. @throws StorageError */
  flush(): Promise<void>;
}

export function createSettler({ pipeline, batch, by, rows, health }: Forwarding): Settler {
  const { clock, destinations, log } = pipeline;
  const configured = new Set(destinations.map(({ name }) => name));
  const stop = new AbortController();
  const struckOff = new Set<string>();
  let waiting: RowChange[] = [];
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    const changes = waiting;
    waiting = [];
    try {
      await rows.write(changes);
    } catch (error) {
      waiting = [...changes, ...waiting];
      throw error;
    }
  };
  const writeLater = async (): Promise<void> => {
    await clock.sleep(settleMs, stop.signal).catch(() => undefined);
    // What could not be written now is written with what comes next, or by the flush.
    await write().catch(() => undefined);
    // Something may have finished while this was being written.
    writing = waiting.length > 0 && !stop.signal.aborted ? writeLater() : undefined;
  };
  const noteStruckOff = (contentId: string): void => {
    const row = rows.get(contentId);
    for (const destination of row?.owed ?? []) {
      if (row === undefined || !isStruckOff(destination, row, configured, clock.now())) continue;
      if (struckOff.has(destination)) continue;
      struckOff.add(destination);
      log.warn('destination-struck-off', { ...batchFields(batch), destination });
    }
  };
  return {
    settle(contentId, attempt) {
      noteStruckOff(contentId);
      const { isDown } = health;
      waiting.push(afterDelivery(contentId, attempt, { by, configured, now: clock.now(), isDown }));
      writing ??= writeLater();
    },
    async flush() {
      stop.abort();
      await writing;
      await write();
    },
  };
}
