import { join } from 'node:path';

import type { Clock } from '../../shared/clock.ts';
import { startChild, waitForWords } from './child.ts';

const program = join(import.meta.dirname, '..', 'support', 'storage-emulator-process.ts');

/** The storage emulator in a process of its own, so that it can be paused. */
export interface StorageProcess {
  readonly connectionString: string;
  /** Answers nothing until it goes on; connections stay open. */
  pause(): void;
  goOn(): void;
  stop(): Promise<void>;
}

/** @param directory where everything is kept; without one the storage lives in memory */
export async function startStorage(
  directory: string | undefined,
  logFile: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<StorageProcess> {
  const environment = { PATH: process.env['PATH'] };
  const child = startChild(program, directory === undefined ? [] : [directory], { environment, logFile });
  const stop = async (): Promise<void> => {
    // A paused process hears of no signal but this one.
    child.signal('SIGKILL');
    await child.ended;
  };
  try {
    const pattern = /^DefaultEndpointsProtocol=.*$/m;
    const [connectionString] = await waitForWords(
      child,
      { logFile, from: 0, pattern, patienceMs: 60_000 },
      clock,
      signal,
    );
    return {
      connectionString,
      pause() {
        child.signal('SIGSTOP');
      },
      goOn() {
        child.signal('SIGCONT');
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
