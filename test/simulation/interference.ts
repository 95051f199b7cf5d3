import { RowConflict, StorageError } from '../../shared/state/table.ts';
import type { Interference, SimulatedProcess, StepKind } from './scheduler.ts';
import type { Troubles } from './troubles.ts';

const isStorage = (kind: StepKind): boolean => ['read', 'write', 'queue', 'saved'].includes(kind);

const partOf = { read: 'tables', write: 'tables', queue: 'queue', saved: 'saved' } as const;

/** Decides what happens to each step of each process, from the faults of the plan. */
export function createInterference(
  troubles: Troubles,
  now: () => number,
): (step: { process: SimulatedProcess; kind: StepKind; what: string }) => Interference | undefined {
  const steps = new Map<string, number>();
  const waiting = Map.groupBy(
    [...troubles.of('fail'), ...troubles.of('freeze'), ...troubles.of('kill')].toSorted((a, b) => a.step - b.step),
    ({ actor }) => actor,
  );

  function single(kind: StepKind, actor: string, number: number): Interference | undefined {
    const mine = waiting.get(actor);
    const next = mine?.[0];
    if (mine === undefined || next === undefined || number < next.step) return undefined;
    if (next.what !== 'fail') {
      mine.shift();
      return next;
    }
    // A fault waits for the next step that can fail in its way.
    if (!isStorage(kind) || (next.conflict && kind !== 'write')) return undefined;
    mine.shift();
    const error = next.conflict
      ? new RowConflict('The storage client repeated a write that had been done.')
      : new StorageError('Storage failed; try again later.');
    return { what: 'fail', done: next.done || next.conflict, error };
  }

  return ({ process, kind }) => {
    const number = (steps.get(process.actor) ?? 0) + 1;
    steps.set(process.actor, number);
    if (kind === 'read' || kind === 'write' || kind === 'queue' || kind === 'saved') {
      const outage = troubles.now('storage', now()).find(({ part }) => part === partOf[kind]);
      if (outage !== undefined) {
        return {
          what: 'fail',
          done: outage.done,
          error: new StorageError('Storage does not answer; try again later.'),
        };
      }
    }
    return single(kind, process.actor, number);
  };
}
