import { performance } from 'node:perf_hooks';

/** What we use of an Azurite database: it lives in memory and is written to its file as a whole. */
export interface EmulatorDatabase {
  autosaveDisable(): void;
  autosaveDirty(): boolean;
  saveDatabase(done: (error?: unknown) => void): void;
}

export interface StorageSnapshots {
  /** Writes what changed since the last snapshot. */
  save(): Promise<void>;
  /** Ends the regular snapshots; the last one is left to the caller. */
  stop(): void;
}

const saveOne = (database: EmulatorDatabase): Promise<void> =>
  new Promise((resolve, reject) => {
    database.saveDatabase((error) => {
      if (error === undefined || error === null) resolve();
      else reject(error instanceof Error ? error : new Error('A storage emulator file could not be written.'));
    });
  });

/**
 * Saves databases in step. Azurite saves each by itself every 5 s, so that a kill could leave a ledger that is 5 s newer
 * than the queue; here all of them are serialised in one turn of the event loop (each goes to a file aside, then renamed).
 * @param intervalMs least pause between snapshots; a slow snapshot is followed by a pause ten times as long as it took
 * @param onError told of a snapshot that failed; what it held is tried again with the next change
 */
export function keepSnapshots(
  databases: readonly EmulatorDatabase[],
  intervalMs: number,
  onError: (error: unknown) => void,
): StorageSnapshots {
  for (const database of databases) database.autosaveDisable();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const save = async (): Promise<void> => {
    await Promise.all(databases.filter((database) => database.autosaveDirty()).map(saveOne));
  };
  const plan = (pauseMs: number): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      const started = performance.now();
      void save()
        .catch(onError)
        .then(() => {
          plan(Math.max(intervalMs, 10 * (performance.now() - started)));
        });
    }, pauseMs);
    timer.unref();
  };
  plan(intervalMs);

  return {
    save,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
