import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { AppProcessEnded, InvocationFailed } from './app-errors.ts';
import { fromApp } from './protocol.ts';
import { splitLines } from './split-lines.ts';
import type { HostLog } from './host-log.ts';
import type { FromApp, InvocationRequest, RegisteredFunction, ReturnValue, ToApp } from './protocol.ts';

/** One process that runs the app, from its start to its end. */
export interface AppChild {
  readonly pid: number | undefined;
  /** Its functions once it is loaded. Rejects if it cannot be loaded or ends first. */
  readonly ready: Promise<readonly RegisteredFunction[]>;
  /** Why it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  /** @throws InvocationFailed, AppProcessEnded */
  invoke(request: InvocationRequest): Promise<ReturnValue>;
  /** Asks it to run its appTerminate hooks and end. */
  terminate(): void;
  kill(): void;
}

/** What a killed process may still have in its channel is read for so long, milliseconds. */
const drainMs = 1_000;

/** Starts a process that loads the app in `appDirectory`; its environment is `environment` and nothing else. */
export function startAppChild(
  appDirectory: string,
  environment: Readonly<Record<string, string | undefined>>,
  log: HostLog,
): AppChild {
  const child = fork(join(import.meta.dirname, 'worker.ts'), [appDirectory], {
    cwd: appDirectory,
    env: { ...environment },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  if (child.stdout)
    splitLines(child.stdout, (message) => {
      log({ source: 'stdout', level: 'information', message });
    });
  if (child.stderr)
    splitLines(child.stderr, (message) => {
      log({ source: 'stderr', level: 'error', message });
    });

  const pending = new Map<string, PromiseWithResolvers<ReturnValue>>();
  const ready = Promise.withResolvers<readonly RegisteredFunction[]>();
  ready.promise.catch(() => undefined);
  const ended = whenEnded(child).then((why) => {
    const error = new AppProcessEnded(`The app's process ended (${why}).`);
    ready.reject(error);
    for (const invocation of pending.values()) invocation.reject(error);
    pending.clear();
    return why;
  });

  function take(message: FromApp): void {
    switch (message.kind) {
      case 'ready':
        ready.resolve(message.functions);
        return;
      case 'failed':
        ready.reject(new Error(`The app could not be loaded: ${message.message}`));
        return;
      case 'log':
        log({ source: message.category === 'user' ? 'app' : 'host', ...message });
        return;
      case 'done':
        pending.get(message.invocationId)?.resolve(message.returnValue);
        break;
      case 'error':
        pending.get(message.invocationId)?.reject(new InvocationFailed(message.message, message.stack));
        break;
    }
    pending.delete(message.invocationId);
  }

  child.on('message', (raw) => {
    const message = fromApp.safeParse(raw);
    if (message.success) take(message.data);
    else log({ source: 'host', level: 'warning', message: 'The app sent the host a message that it does not know.' });
  });

  function send(message: ToApp, failed: (error: Error) => void): void {
    if (!child.connected) {
      failed(new AppProcessEnded("The app's process has ended."));
      return;
    }
    child.send(message, (error) => {
      if (error) failed(new AppProcessEnded("The app's process has ended.", { cause: error }));
    });
  }

  return {
    pid: child.pid,
    ready: ready.promise,
    ended,
    invoke(request) {
      const invocation = Promise.withResolvers<ReturnValue>();
      pending.set(request.invocationId, invocation);
      send({ kind: 'invoke', request }, (error) => {
        pending.delete(request.invocationId);
        invocation.reject(error);
      });
      return invocation.promise;
    },
    terminate() {
      send({ kind: 'terminate' }, () => undefined);
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}

async function whenEnded(child: ChildProcess): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  child.on('error', (error) => {
    if (child.pid === undefined) resolve(error.message);
  });
  child.on('disconnect', () => child.kill('SIGKILL'));
  child.on('exit', (code, signal) => {
    const why = signal ?? `exit code ${String(code)}`;
    if (!child.connected) resolve(why);
    child.on('disconnect', () => {
      resolve(why);
    });
    setTimeout(resolve, drainMs, why).unref();
  });
  return promise;
}
