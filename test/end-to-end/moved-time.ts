import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Time that can be moved on, for the simulator and for the compiled app in its own process alike. Both go on ticking. */
export interface MovedTime {
  /** What makes the app's process see it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  now(): number;
  advance(milliseconds: number): void;
}

/** @param directory where the process finds out how far time was moved */
export function createMovedTime(directory: string): MovedTime {
  const file = join(directory, 'moved-date');
  let ahead = 0;
  function write(): void {
    // Half a number would take time back for a moment.
    writeFileSync(`${file}.new`, String(ahead));
    renameSync(`${file}.new`, file);
  }
  write();
  return {
    environment: {
      NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'moved-date.ts')).href}`,
      MOVED_DATE: file,
    },
    now: () => Date.now() + ahead,
    advance(milliseconds) {
      ahead += milliseconds;
      write();
    },
  };
}
