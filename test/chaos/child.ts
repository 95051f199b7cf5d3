import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

import type { Clock } from '../../shared/clock.ts';

/** A program of ours in a process of its own, whose words go to a file. */
export interface Child {
  readonly pid: number;
  /** Resolves once it has ended, however. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  signal(signal: NodeJS.Signals): void;
}

/** Starts `node PROGRAM ARGS`; the file is appended to. */
export function startChild(
  program: string,
  args: readonly string[],
  { environment, logFile }: { environment: Readonly<Record<string, string | undefined>>; logFile: string },
): Child {
  const log = openSync(logFile, 'a');
  const process = spawn(globalThis.process.execPath, [program, ...args], {
    env: { ...environment },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  process.on('exit', () => {
    resolve(undefined);
  });
  process.on('error', () => {
    resolve(undefined);
  });
  if (process.pid === undefined) throw new Error(`${program} could not be started.`);
  return {
    pid: process.pid,
    ended,
    hasEnded: () => process.exitCode !== null || process.signalCode !== null,
    signal: (signal) => void process.kill(signal),
  };
}

/**
 * Waits for what a child says.
 * @param from where in its file to begin, bytes: what an earlier process said there counts no more
 * @returns the match of `pattern`
 * @throws Error if the child ends, or says nothing of the kind for `patienceMs`; the signal's reason
 */
export async function waitForWords(
  child: Child,
  { logFile, from, pattern, patienceMs }: { logFile: string; from: number; pattern: RegExp; patienceMs: number },
  clock: Clock,
  signal: AbortSignal,
): Promise<RegExpExecArray> {
  const until = clock.now() + patienceMs;
  for (;;) {
    const said = pattern.exec(await textFrom(logFile, from));
    if (said) return said;
    if (child.hasEnded()) throw new Error(`A process ended before it was ready; ${logFile} says why.`);
    if (clock.now() > until) throw new Error(`A process was not ready after ${patienceMs / 1000} s; see ${logFile}.`);
    await clock.sleep(50, signal);
  }
}

async function textFrom(path: string, from: number): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - from)), 0, undefined, from);
  return buffer.toString('utf8', 0, bytesRead);
}
