import { startAppChild } from './app-child.ts';
import type { AppChild } from './app-child.ts';
import type { HostLog } from './host-log.ts';
import type { InvocationRequest, RegisteredFunction, ReturnValue } from './protocol.ts';
import type { HostTiming } from './timing.ts';
import type { Clock } from '../../shared/clock.ts';

/** The app in its own process, which is started again whenever it dies. */
export interface AppProcess {
  /** The functions that the app registered when it first started. */
  readonly functions: readonly RegisteredFunction[];
  /** `undefined` while no process is ready. */
  pid(): number | undefined;
  /** Resolves once a process is ready. @throws the signal's reason */
  whenReady(signal: AbortSignal): Promise<void>;
  /**
   * Runs a function in the process that is ready. One that runs longer than `functionTimeout` takes its process down.
   * @throws InvocationFailed, AppProcessEnded
   */
  invoke(request: InvocationRequest): Promise<ReturnValue>;
  /** Lets appTerminate hooks run, then ends the process. Running invocations are not waited for. */
  stop(): Promise<void>;
}

export interface AppProcessOptions {
  readonly appDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly functionTimeoutMs: number;
  readonly timing: HostTiming;
  readonly clock: Clock;
  readonly log: HostLog;
}

/** A process that lived this long was not part of a crash loop, milliseconds. */
const matureMs = 10_000;

/** Starts the app. @throws Error if its first process cannot load it */
export async function startAppProcess(options: AppProcessOptions): Promise<AppProcess> {
  const { appDirectory, environment, functionTimeoutMs, timing, clock, log } = options;
  const stopping = new AbortController();
  const start = () => startAppChild(appDirectory, environment, log);

  let child = start();
  let ready: PromiseWithResolvers<AppChild> = Promise.withResolvers();
  let isReady = false;
  let functions: readonly RegisteredFunction[];
  try {
    functions = await child.ready;
  } catch (error) {
    child.kill();
    await child.ended;
    throw error;
  }
  markReady();
  const supervision = supervise();

  function markReady(): void {
    isReady = true;
    ready.resolve(child);
  }

  async function supervise(): Promise<void> {
    let started = clock.now();
    let pause = timing.restartMs;
    for (;;) {
      const why = await child.ended;
      if (isReady) ready = Promise.withResolvers();
      isReady = false;
      if (stopping.signal.aborted) return;
      if (clock.now() - started >= matureMs) pause = timing.restartMs;
      log({ source: 'host', level: 'error', message: `The app's process ended (${why}) and is being started again.` });
      try {
        await clock.sleep(pause, stopping.signal);
      } catch {
        return;
      }
      pause = Math.min(pause * 2, timing.restartCapMs);
      started = clock.now();
      child = start();
      await child.ready.then(markReady, (error: unknown) => {
        log({ source: 'host', level: 'error', message: error instanceof Error ? error.message : String(error) });
        child.kill();
      });
    }
  }

  return {
    functions,
    pid: () => (isReady ? child.pid : undefined),
    async whenReady(signal) {
      signal.throwIfAborted();
      if (isReady) return;
      const aborted = Promise.withResolvers<never>();
      const abort = () => {
        aborted.reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort);
      try {
        await Promise.race([ready.promise, aborted.promise]);
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    async invoke(request) {
      const worker = await ready.promise;
      const finished = new AbortController();
      clock.sleep(functionTimeoutMs, finished.signal).then(
        () => {
          const message = `Timeout value of ${functionTimeoutMs / 1000} s exceeded by function '${request.functionId}'.`;
          log({ source: 'host', level: 'error', message, invocationId: request.invocationId });
          worker.kill();
        },
        () => undefined,
      );
      try {
        return await worker.invoke(request);
      } finally {
        finished.abort();
      }
    },
    async stop() {
      stopping.abort();
      child.terminate();
      const finished = new AbortController();
      await Promise.race([child.ended, clock.sleep(timing.terminateMs, finished.signal).catch(() => undefined)]);
      finished.abort();
      child.kill();
      await child.ended;
      await supervision;
    },
  };
}
