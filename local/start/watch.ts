import { createAccount, isSettled } from './account.ts';
import { describeProgress, measureProgress } from './progress.ts';
import type { AccountRow, OfferedFeed } from './account.ts';
import type { Progress } from './progress.ts';
import type { RelayApi, TenantDetail } from './relay-api.ts';
import type { Screen } from './screen.ts';
import type { Clock } from '../../shared/clock.ts';

/** What the simulator offered so far, and whether that was all. */
export interface Offered {
  readonly done: boolean;
  readonly feeds: readonly OfferedFeed[];
}

export interface WatchParts {
  readonly api: RelayApi;
  readonly screen: Screen;
  readonly clock: Clock;
  /** Given: the watch ends when all of it is settled. */
  readonly offered?: (() => Offered) | undefined;
}

/** Between two looks, milliseconds; a look that takes long is followed by a longer pause, so that watching stays cheap. */
const lookMs = 1_000;
/** Between two lines where there is no terminal, milliseconds. */
const lineMs = 10_000;

/**
 * Shows how far everything is until aborted, or until all that was offered is settled. A look that fails (the app may
 * just be starting again) is left out.
 * @returns the last account, if there was something to account for
 */
export async function watch(parts: WatchParts, signal: AbortSignal): Promise<readonly AccountRow[]> {
  const { api, screen, clock } = parts;
  let rows: readonly AccountRow[] = [];
  let before: Progress | undefined;
  let printed: Progress | undefined;
  try {
    for (;;) {
      const started = clock.now();
      // Taken first: what is offered while the app is asked belongs to the next look.
      const offered = parts.offered?.();
      const tenants = await look(api, signal);
      if (tenants) {
        const progress = measureProgress(tenants, clock.now());
        screen.live(describeProgress(progress, before ?? progress));
        before = progress;
        if (offered) rows = createAccount(offered.feeds, tenants);
        if (offered?.done && isSettled(rows)) break;
        if (!screen.isTerminal && (printed === undefined || progress.time - printed.time >= lineMs)) {
          screen.line(describeProgress(progress, printed ?? progress));
          printed = progress;
        }
      }
      await clock.sleep(Math.max(lookMs, 3 * (clock.now() - started)), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  screen.live('');
  return rows;
}

async function look(api: RelayApi, signal: AbortSignal): Promise<TenantDetail[] | undefined> {
  try {
    const listed = await api.tenants(signal);
    return await Promise.all(listed.map(({ tenantId }) => api.tenant(tenantId, signal)));
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
