import type { BatchWork } from './batch-work.ts';
import type { FetchedContent } from './fetch-content.ts';
import type { RowChange } from './held-rows.ts';
import { afterDelivery } from './settling.ts';

/** Contents that finished are settled together, at most this much later. */
const settleMs = 2_000;

/** Settles contents as they finish: one transaction serves all that finished within a moment. */
export interface Settler {
  settle(contentId: string, fetched: FetchedContent): void;
  /** Settles what is left, at once. @throws StorageError if this or an earlier settling failed */
  flush(): Promise<void>;
}

export function createSettler({ pipeline, by, rows }: BatchWork): Settler {
  const { clock, destinations } = pipeline;
  const configured = new Set(destinations.map(({ name }) => name));
  const stop = new AbortController();
  let waiting: RowChange[] = [];
  let failure: { readonly error: unknown } | undefined;
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    const changes = waiting;
    waiting = [];
    await rows.write(changes);
  };
  const writeLater = async (): Promise<void> => {
    await clock.sleep(settleMs, stop.signal).catch(() => undefined);
    await write().catch((error: unknown) => {
      failure ??= { error };
    });
    writing = undefined;
  };
  return {
    settle(contentId, fetched) {
      waiting.push(afterDelivery(contentId, fetched, { by, configured, now: clock.now() }));
      writing ??= writeLater();
    },
    async flush() {
      stop.abort();
      await writing;
      await write();
      if (failure) throw failure.error;
    },
  };
}
