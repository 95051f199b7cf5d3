import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { answerAdmin } from './admin.ts';
import { AppProcessEnded, InvocationFailed } from './app-errors.ts';
import { startAppProcess } from './app-process.ts';
import { readHostJson } from './host-json.ts';
import { createHttpServer } from './http-server.ts';
import { createInvocation } from './invocation.ts';
import { listenToQueue } from './queue-listener.ts';
import { queueTriggerMetadata } from './queue-message.ts';
import { openQueueService } from './queue-service.ts';
import { registerFunctions } from './register-functions.ts';
import { localTiming } from './timing.ts';
import { systemClock } from '../../shared/clock.ts';
import { systemRandom } from '../../shared/random.ts';
import type { HostLog } from './host-log.ts';
import type { AppProcess } from './app-process.ts';
import type { HostSettings } from './host-json.ts';
import type { InputData, ReturnValue } from './protocol.ts';
import type { Target, Triggers } from './register-functions.ts';
import type { HostTiming } from './timing.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Random } from '../../shared/random.ts';

export interface FunctionsHostOptions {
  /** The app's folder: host.json, package.json and what its `main` names. */
  readonly appDirectory: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** The app's whole environment, its app settings among it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: HostLog;
  readonly timing?: Partial<HostTiming>;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface FunctionsHost {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Names of the app's functions. */
  readonly functions: readonly string[];
  /** The app process's pid; `undefined` while none is ready. */
  pid(): number | undefined;
  /** Ends everything within 10 s. Running invocations are broken off; their messages come back. */
  stop(): Promise<void>;
}

/**
 * Runs a compiled functions app on this machine, on loopback only, as Azure would: the app in a process of its own that
 * is started again when it dies, HTTP, timer and queue triggers here.
 * @throws Error if the port is in use (`code` EADDRINUSE), host.json is wrong or the app cannot be loaded
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const { appDirectory, port, environment, log, clock = systemClock, random = systemRandom } = options;
  const timing = { ...localTiming, ...options.timing };
  const settings = await readHostJson(appDirectory);
  const started = clock.now();
  const stopping = new AbortController();
  const say = (level: string, message: string, invocationId?: string) => {
    log({ source: 'host', level, message, invocationId });
  };

  let app: AppProcess | undefined;
  let triggers: Triggers = { http: [], timers: [], queues: [], refused: [] };

  async function invoke(
    target: Target,
    data: InputData,
    metadata: Readonly<Record<string, InputData>> = {},
  ): Promise<ReturnValue> {
    if (!app) throw new AppProcessEnded("The app's process has not started.");
    const request = createInvocation(target, data, metadata, random);
    const begun = clock.now();
    // In the words of the real host.
    const sayExecuted = (how: 'Succeeded' | 'Failed'): void => {
      const details = `${how}, Id=${request.invocationId}, Duration=${clock.now() - begun}ms`;
      say('information', `Executed 'Functions.${target.functionName}' (${details})`, request.invocationId);
    };
    try {
      const value = await app.invoke(request);
      sayExecuted('Succeeded');
      return value;
    } catch (error) {
      sayExecuted('Failed');
      if (stopping.signal.aborted && error instanceof AppProcessEnded) {
        say('information', `Function '${target.functionName}' was broken off.`, request.invocationId);
      } else {
        const why = error instanceof InvocationFailed ? error.stack : String(error);
        say('error', `Function '${target.functionName}' failed: ${why}`, request.invocationId);
      }
      throw error;
    }
  }

  const fire = async (target: Triggers['timers'][number]): Promise<void> => {
    await invoke(target, { json: JSON.stringify(target.timer.info()) }).catch(() => undefined);
  };

  const server = createHttpServer({
    routes: () => triggers.http.map(({ route }) => route),
    admin: (request, response, path) => {
      answerAdmin(
        {
          pid: () => app?.pid(),
          uptime: () => clock.now() - started,
          runTimer(name) {
            const timer = triggers.timers.find(({ functionName }) => functionName.toLowerCase() === name.toLowerCase());
            if (timer) void fire(timer);
            return timer !== undefined;
          },
        },
        request,
        response,
        path,
      );
    },
    async whenReady() {
      const impatient = AbortSignal.any([stopping.signal, AbortSignal.timeout(timing.readyMs)]);
      await opened.promise;
      await app?.whenReady(impatient);
    },
    async invoke(functionName, data) {
      const target = triggers.http.find((entry) => entry.functionName === functionName);
      if (!target) throw new Error(`Function '${functionName}' is gone.`);
      return invoke(target, { http: data });
    },
  });
  const opened = Promise.withResolvers<undefined>();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  try {
    app = await startAppProcess({
      appDirectory,
      environment,
      functionTimeoutMs: settings.functionTimeoutMs,
      timing,
      clock,
      log,
    });
  } catch (error) {
    opened.resolve(undefined);
    server.close();
    server.closeAllConnections();
    throw error;
  }
  const running = app;
  triggers = registerFunctions(app.functions, settings, environment, clock);
  opened.resolve(undefined);
  for (const sentence of triggers.refused) say('error', sentence);
  if (app.functions.length === 0) say('warning', 'No job functions found: the app registered none.');

  const loops = [
    ...triggers.timers.map((target) =>
      target.timer.run(async () => {
        await running.whenReady(stopping.signal).then(
          () => fire(target),
          () => undefined,
        );
      }, stopping.signal),
    ),
    ...triggers.queues.map((target) => listen(target, settings)),
  ];

  async function listen(target: Triggers['queues'][number], { queues }: HostSettings): Promise<void> {
    const { queueName, connection } = target;
    try {
      const service = await openQueueService(connection, environment);
      const parts = {
        queue: service.getQueueClient(queueName),
        poison: queueName.endsWith('-poison') ? undefined : service.getQueueClient(`${queueName}-poison`),
        settings: queues,
        timing,
        clock,
        warn: (sentence: string) => {
          say('warning', sentence);
        },
        whenReady: (signal: AbortSignal) => running.whenReady(signal),
        invoke: async (message: Parameters<typeof queueTriggerMetadata>[0], text: string) => {
          await invoke(target, { string: text }, queueTriggerMetadata(message, text));
        },
      };
      await listenToQueue(parts, stopping.signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say('error', `The listener for function '${target.functionName}' was unable to start: ${why}`);
    }
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    functions: app.functions.map(({ name }) => name),
    pid: () => running.pid(),
    async stop() {
      stopping.abort();
      server.close();
      await running.stop();
      server.closeAllConnections();
      await Promise.all(loops);
    },
  };
}
