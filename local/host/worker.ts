import { createCoreModule, injectCoreModule } from './core-module.ts';
import { invoke } from './invoke.ts';
import { loadApp } from './load-app.ts';
import { runHooks } from './run-hooks.ts';
import { toError } from './to-error.ts';
import type { AppState, LogLevel } from './core-types.ts';
import type { FromApp, InvocationRequest, RegisteredFunction, ReturnValue, ToApp } from './protocol.ts';

/** Runs one app in this process for the host that forked it. Its argument is the app's folder. */

/** How long appTerminate hooks may take, milliseconds (the real host's grace period). */
const terminateBudgetMs = 5_000;

const app: AppState = {
  functions: new Map(),
  hooks: { preInvocation: [], postInvocation: [], appStart: [], appTerminate: [], log: [] },
  appHookData: {},
  model: undefined,
  locked: false,
};

function send(message: FromApp): void {
  if (process.connected) process.send?.(message);
}

function log(level: LogLevel, category: string, message: string, invocationId?: string, context?: unknown): void {
  const line = { level, category, message };
  try {
    const hook: typeof line & Record<string, unknown> = { ...line, hookData: {}, invocationContext: context };
    for (const callback of app.hooks.log) callback(hook);
    // Hooks may rewrite what the app says; what the system says goes out as it is.
    if (category === 'user') Object.assign(line, { level: hook.level, message: hook.message });
  } catch {
    // A hook that throws must not swallow a line.
  }
  send({ kind: 'log', ...line, ...(invocationId === undefined ? {} : { invocationId }) });
}

async function answer(request: InvocationRequest): Promise<void> {
  const { invocationId } = request;
  try {
    const returnValue = await invoke(app, request, (level, category, message, context) => {
      log(level, category, message, invocationId, context);
    });
    send({ kind: 'done', invocationId, returnValue: returnValue as ReturnValue });
  } catch (thrown) {
    const error = toError(thrown);
    send({ kind: 'error', invocationId, message: error.message, stack: error.stack ?? '' });
  }
}

async function terminate(): Promise<void> {
  setTimeout(() => process.exit(), terminateBudgetMs).unref();
  try {
    await runHooks(app.hooks.appTerminate, { hookData: {}, appHookData: app.appHookData });
  } catch (thrown) {
    log('error', 'system', `An appTerminate hook failed: ${toError(thrown).message}`);
  }
  process.exit();
}

async function start(appDirectory: string): Promise<void> {
  injectCoreModule(createCoreModule(app, log));
  try {
    await loadApp(app, appDirectory);
  } catch (thrown) {
    send({ kind: 'failed', message: toError(thrown).message });
    return;
  }
  const functions = [...app.functions.values()].map(({ metadata }) => metadata);
  // The real worker sends bindings as JSON, which leaves out whatever JSON cannot say.
  send({ kind: 'ready', functions: JSON.parse(JSON.stringify(functions)) as RegisteredFunction[] });
}

process.on('message', (message: ToApp) => {
  void (message.kind === 'invoke' ? answer(message.request) : terminate());
});
// Ctrl-C reaches the whole process group; the host decides when this process ends, so that its hooks can run.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
// Without a host nothing that this process does would be reported to anyone.
process.on('disconnect', () => process.exit());

await start(process.argv[2] ?? process.cwd());
