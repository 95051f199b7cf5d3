import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

import { waitForHealth } from '../../local/start/wait-for-health.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Child, startChild, waitForWords } from './child.ts';

const program = join(import.meta.dirname, 'host-process.ts');

/** How long a process may take to be there, milliseconds; a paused storage is waited for. */
const patienceMs = 60_000;

/** What was killed: a functions host with its app, or the app alone, which its host then starts again. */
export type Victim = 'host' | 'app';

/** A functions host with the compiled app, in processes of their own. */
export interface HostProcess {
  readonly url: string;
  /** `kill -9`. @returns when, milliseconds since the epoch; nothing if there was nothing to kill */
  kill(victim: Victim): Promise<number | undefined>;
  /** Starts it again after a kill; does nothing while it runs. */
  restart(): Promise<void>;
  /** Ends it in order; whatever takes too long is killed. */
  stop(): Promise<void>;
}

const status = z.object({ pid: z.number().nullable() });

/** @param port free, and the host's through all restarts */
export async function startHost(
  options: {
    readonly port: number;
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** Without an ending: what host and app say goes to `.log`, what the process itself says to `.out`. */
    readonly logFile: string;
  },
  clock: Clock,
  signal: AbortSignal,
): Promise<HostProcess> {
  const { port, environment } = options;
  const logFile = `${options.logFile}.out`;
  const url = `http://127.0.0.1:${port}`;
  let child: Child | undefined;
  const killed = new WeakSet<Child>();

  async function start(): Promise<void> {
    const from = existsSync(logFile) ? statSync(logFile).size : 0;
    const starting = startChild(program, [String(port), `${options.logFile}.log`], { environment, logFile });
    child = starting;
    try {
      await waitForWords(starting, { logFile, from, pattern: /^http:/m, patienceMs }, clock, signal);
    } catch (error) {
      // Killed while it was starting: the end of that kill starts it again.
      if (!killed.has(starting)) throw error;
    }
  }

  async function appPid(): Promise<number | undefined> {
    const answer = await fetch(`${url}/admin/host/status`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    );
    return answer?.ok ? (status.parse(await answer.json()).pid ?? undefined) : undefined;
  }

  await start();
  await waitForHealth(url, patienceMs, clock, signal);
  return {
    url,
    async kill(victim) {
      if (child === undefined || child.hasEnded()) return undefined;
      if (victim === 'app') {
        const pid = await appPid();
        if (pid === undefined) return undefined;
        process.kill(pid, 'SIGKILL');
        return clock.now();
      }
      killed.add(child);
      // The app ends with the channel to its host.
      child.signal('SIGKILL');
      await child.ended;
      return clock.now();
    },
    async restart() {
      if (child?.hasEnded() === true) await start();
    },
    async stop() {
      if (child === undefined || child.hasEnded()) return;
      const stopping = child;
      stopping.signal('SIGTERM');
      const impatient = setTimeout(() => {
        stopping.signal('SIGKILL');
      }, 10_000);
      await stopping.ended;
      clearTimeout(impatient);
    },
  };
}
