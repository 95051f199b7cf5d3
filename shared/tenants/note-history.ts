import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Random } from '../random.ts';
import type { HistoryStore } from '../state/history.ts';

/** Who did something, as the history names them. */
export type Actor = string;

/** Somebody who has the key of `/api`. */
export const byKey: Actor = 'by key';

/** The lister, on its own. */
export const byRelay: Actor = 'Audit Relay';

/**
 * Notes what happened to a tenant. What was done is done: a note that cannot be written is told to the log, and stops
 * nobody.
 * @param what one sentence for a person
 */
export async function noteHistory(
  { history, clock, random, log }: { history: HistoryStore; clock: Pick<Clock, 'now'>; random: Random; log: Log },
  tenantId: string,
  what: string,
  by: Actor,
): Promise<void> {
  try {
    await history.add({ tenantId, at: clock.now(), what, by }, random.token(6));
  } catch (error) {
    log.warn('history-not-written', { tenantId, what, error: error instanceof Error ? error.message : 'unknown' });
  }
}
