import { startDeadline } from '../deadline.ts';
import { closeDue } from './close-due.ts';
import { finishLeaving } from './leaving.ts';
import type { Pipeline } from './pipeline.ts';
import { forgetOldMonths } from './retention.ts';
import { createTenantLister } from './tenant-lister.ts';

const minute = 60_000;

/** Below the 10 minutes after which the platform kills a function together with its worker. */
const runMs = 8 * minute;

/** What is left of a run belongs to Close: listing that never gets done must not keep it from looking at anything. */
const listingMs = 6 * minute;

/** And of that the last minute to the feeds: hours that never get done must not keep gaps from being shown. */
const closingMs = 7 * minute;

/** How many cycles pass until old months are looked for again. */
const retentionCycles = 60;

/**
 * One run of the timer: a cycle, in which every tenant that is due is listed, then open hours are closed, and those who
 * leave seen off. What fails in one tenant or one hour stays there. While tenants take longer than until the timer's next
 * run (which the platform holds back for them), the others have further cycles in this one.
 * @param everyMs how often the timer runs
 * @throws StorageError, when all else was done; the next run goes on from what is stored
 */
export async function listCycle(pipeline: Pipeline, everyMs = runMs): Promise<void> {
  const { clock, marks, log } = pipeline;
  const turnMs = Math.min(everyMs, runMs);
  using whole = startDeadline(clock, runMs, 'The listing cycle');
  using listing = startDeadline(clock, listingMs, 'Listing', whole.signal);
  using closing = startDeadline(clock, closingMs, 'Closing hours', whole.signal);
  const lister = createTenantLister(pipeline, listing.signal);
  const failures: unknown[] = [];
  const close = async (cycle: number): Promise<boolean> => {
    const { isListing } = lister;
    const bounds = { cycle, signal: whole.signal, hoursSignal: closing.signal, isBeingListed: isListing };
    const leftOut = !lister.isDone();
    failures.push(...(await closeDue(pipeline, bounds)));
    failures.push(...(await finishLeaving(pipeline, whole.signal, isListing)));
    return leftOut;
  };
  try {
    let cycle: number;
    let leftOut: boolean;
    do {
      using turn = startDeadline(clock, turnMs, 'One cycle', whole.signal);
      cycle = await marks.nextCycle();
      if (((await marks.get('credential', 'entra'))?.until ?? 0) > clock.now()) {
        log.warn('listing-paused', { why: 'our own credential is failing' });
      } else {
        await lister.list(cycle, turn.signal);
      }
      leftOut = await close(cycle);
      if (cycle % retentionCycles === 0) await forgetOldMonths(pipeline);
      await lister.done(turn.signal);
    } while (!lister.isDone() && !listing.signal.aborted);
    // A tenant that is slow in every run must be counted all the same.
    if (leftOut) await close(cycle);
  } finally {
    await lister.done();
  }
  failures.unshift(...lister.failures);
  if (failures.length > 0) throw failures[0];
}
