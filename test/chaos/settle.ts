import { type AccountRow, createAccount, isSettled, totalOf } from '../../local/start/account.ts';
import type { RelayApi } from '../../local/start/relay-api.ts';
import type { Simulator } from '../../local/simulator/simulator.ts';
import type { Clock } from '../../shared/clock.ts';

/** A look that takes longer is given up and made again. */
const lookMs = 60_000;

/**
 * Waits until the relay says that all that was offered is delivered, parked or lost.
 * @param patienceMs after so long it is not waited for any more
 * @returns the last account, settled or not
 */
export async function waitUntilSettled(
  { api, simulator }: { readonly api: RelayApi; readonly simulator: Simulator },
  patienceMs: number,
  { clock, signal, say }: { clock: Clock; signal: AbortSignal; say: (line: string) => void },
): Promise<readonly AccountRow[]> {
  const began = clock.now();
  let said = began;
  let rows: readonly AccountRow[] = [];
  for (;;) {
    rows = await look({ api, simulator }, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      say(`The account could not be had: ${String(error)}`);
      return rows;
    });
    const now = clock.now();
    if ((rows.length > 0 && isSettled(rows)) || now - began > patienceMs) return rows;
    if (now - said > 10_000) {
      const { contents } = totalOf(rows);
      const { offered, delivered, parked, lost, queued, unaccounted } = contents;
      say(
        `contents: ${offered} offered, ${delivered} delivered, ${parked} parked, ${lost} lost, ${queued} queued, ${unaccounted} not listed yet`,
      );
      said = now;
    }
    await clock.sleep(1_000, signal);
  }
}

async function look(
  { api, simulator }: { readonly api: RelayApi; readonly simulator: Simulator },
  signal: AbortSignal,
): Promise<AccountRow[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(lookMs)]);
  const { feeds } = simulator.offered();
  const tenants = await api.tenants(limited);
  return createAccount(feeds, await Promise.all(tenants.map(({ tenantId }) => api.tenant(tenantId, limited))));
}
