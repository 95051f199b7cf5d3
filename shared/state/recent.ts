import type { Clock } from '../clock.ts';

/** How long what was read counts as recent, milliseconds. */
const recentMs = 5_000;

/** What was read lately, so that batches that follow close upon each other share a read. */
export interface Recent<T> {
  /** What was read or known within the last 5 s, else what `read` gives. Those who ask meanwhile wait for the same read. */
  get(key: string, read: () => Promise<T>): Promise<T>;
  /** Something better is known. */
  know(key: string, value: T): void;
  forget(key: string): void;
}

/** @param clock without one nothing is remembered */
export function createRecent<T>(clock: Pick<Clock, 'now'> | undefined): Recent<T> {
  const entries = new Map<string, { readonly at: number; readonly value: Promise<T> }>();
  return {
    get(key, read) {
      if (clock === undefined) return read();
      const now = clock.now();
      const known = entries.get(key);
      if (known !== undefined && now - known.at < recentMs) return known.value;
      const entry = { at: now, value: read() };
      entries.set(key, entry);
      entry.value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return entry.value;
    },
    know(key, value) {
      if (clock !== undefined) entries.set(key, { at: clock.now(), value: Promise.resolve(value) });
    },
    forget: (key) => entries.delete(key),
  };
}
