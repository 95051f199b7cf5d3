import type { BatchWork } from './batch-work.ts';
import { renewMs } from './held-rows.ts';

/**
 * Renews the holds of a batch until it is disposed of. A renewal that fails is not the end: the hold may last, and Close
 * comes last.
 */
export function keepHolding({ pipeline, rows }: BatchWork): Disposable {
  const stop = new AbortController();
  const renewing = async (): Promise<void> => {
    for (;;) {
      await pipeline.clock.sleep(renewMs, stop.signal);
      await rows.renew().catch((error: unknown) => {
        pipeline.log.warn('hold-not-renewed', { error: error instanceof Error ? error.message : 'unknown' });
      });
    }
  };
  renewing().catch(() => undefined);
  return {
    [Symbol.dispose]() {
      stop.abort();
    },
  };
}
