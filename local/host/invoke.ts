import { runHooks } from './run-hooks.ts';
import { toError } from './to-error.ts';
import type { AppState, Callback, CoreInvocationContext, LogLevel } from './core-types.ts';
import type { InvocationRequest } from './protocol.ts';

/** Says a log line of one invocation. `context` is what the library made of it, once it has. */
export type InvocationLog = (level: LogLevel, category: string, message: string, context: unknown) => void;

/**
 * Runs one invocation in the order of the real worker: arguments, preInvocation hooks, handler, postInvocation hooks,
 * response.
 * @returns the library's return value, as it comes
 * @throws whatever the handler or a hook throws, unless a postInvocation hook took it away
 */
export async function invoke(app: AppState, request: InvocationRequest, log: InvocationLog): Promise<unknown> {
  const registered = app.functions.get(request.functionId);
  if (registered === undefined || app.model === undefined) {
    throw new Error(`Function code for '${request.functionId}' is not loaded and cannot be invoked.`);
  }
  let context: unknown = undefined;
  const core: CoreInvocationContext = {
    invocationId: request.invocationId,
    request,
    metadata: registered.metadata,
    state: undefined,
    log: (level, category, message) => {
      log(level, category, message, context);
    },
  };
  const model = await app.model.getInvocationModel(core);
  const taken = await model.getArguments();
  context = taken.context;

  const shared = { hookData: {}, appHookData: app.appHookData, invocationContext: context };
  const before: Record<string, unknown> & { inputs: unknown[]; functionCallback: Callback } = {
    ...shared,
    functionCallback: registered.callback,
    inputs: taken.inputs,
  };
  await inState(core, 'preInvocationHooks', () => runHooks(app.hooks.preInvocation, before));

  const after: Record<string, unknown> = { ...shared, inputs: before.inputs, result: null, error: null };
  await inState(core, 'invocation', async () => {
    try {
      after['result'] = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after['error'] = error;
    }
  });
  await inState(core, 'postInvocationHooks', () => runHooks(app.hooks.postInvocation, after));

  // An undefined or null that was thrown counts as success in the real worker too.
  if (after['error'] !== undefined && after['error'] !== null) throw toError(after['error']);
  return (await model.getResponse(context, after['result'])).returnValue;
}

async function inState(
  core: CoreInvocationContext,
  state: CoreInvocationContext['state'],
  work: () => Promise<void>,
): Promise<void> {
  core.state = state;
  try {
    await work();
  } finally {
    core.state = undefined;
  }
}
