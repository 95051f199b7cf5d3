import type { ContentQueue } from '../../../shared/state/content-queue.ts';
import { StorageError, type Table, type Tables } from '../../../shared/state/table.ts';

/** How a write fails: not done, done all the same, or as the first of a storage that does not answer at all. */
export type FaultMode = 'before' | 'after' | 'down';

export interface FaultyStorage {
  readonly tables: Tables;
  queue(inner: ContentQueue): ContentQueue;
  /** The writes since the last `arm`, such as `transact ledger202611 2`. */
  readonly writes: string[];
  /** The write with this number (from 1) fails from now on. */
  arm(number: number, mode: FaultMode): void;
  /** Single writes fail from now on, each so many after the last, done all the same or not. */
  failAt(faults: readonly { gap: number; done: boolean }[]): void;
  /** Storage answers again. */
  heal(): void;
}

/** Tables and queue of which one write fails. */
export function createFaultyStorage(inner: Tables): FaultyStorage {
  const writes: string[] = [];
  let at = Infinity;
  let mode: FaultMode = 'before';
  let later: readonly { gap: number; done: boolean }[] = [];

  const next = (): void => {
    const [fault, ...rest] = later;
    if (fault === undefined) return;
    later = rest;
    at = writes.length + fault.gap;
    mode = fault.done ? 'after' : 'before';
  };

  const write = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    writes.push(name);
    const number = writes.length;
    const failed = (): StorageError => new StorageError(`Write ${number} (${name}) failed; try again later.`);
    const fails = number === at || (mode === 'down' && number >= at);
    const how = mode;
    if (fails) next();
    if (fails && how !== 'after') throw failed();
    const result = await work();
    if (fails) throw failed();
    return result;
  };

  const faultyTable = (name: string): Table => {
    const table = inner.table(name);
    return {
      ...table,
      insert: (row) => write(`insert ${name}`, () => table.insert(row)),
      replace: (row, etag) => write(`replace ${name}`, () => table.replace(row, etag)),
      put: (row) => write(`put ${name}`, () => table.put(row)),
      remove: (partitionKey, rowKey, etag) => write(`remove ${name}`, () => table.remove(partitionKey, rowKey, etag)),
      transact: (partitionKey, operations) =>
        write(`transact ${name} ${operations.length}`, () => table.transact(partitionKey, operations)),
    };
  };

  return {
    writes,
    tables: { ...inner, table: faultyTable },
    queue: (queue) => ({ send: (text, delay) => write('send', () => queue.send(text, delay)) }),
    arm(number, how) {
      writes.length = 0;
      at = number;
      mode = how;
    },
    failAt(faults) {
      later = faults;
      next();
    },
    heal() {
      later = [];
      at = Infinity;
    },
  };
}
