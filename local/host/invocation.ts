import type { Random } from '../../shared/random.ts';
import type { InputData, InvocationRequest, RegisteredFunction } from './protocol.ts';

const hex = (random: Random, bytes: number): string => Buffer.from(random.token(bytes), 'base64url').toString('hex');

/** Makes the request for one call of a function, with an id and a trace of its own. */
export function createInvocation(
  target: { readonly functionName: string; readonly bindingName: string },
  data: InputData,
  triggerMetadata: Readonly<Record<string, InputData>>,
  random: Random,
): InvocationRequest {
  const id = hex(random, 16);
  return {
    invocationId: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    functionId: target.functionName,
    inputData: [{ name: target.bindingName, data }],
    triggerMetadata,
    traceContext: { traceParent: `00-${hex(random, 16)}-${hex(random, 8)}-00`, traceState: '', attributes: {} },
  };
}

/** The trigger among a function's bindings, and its name. */
export function triggerOf(registered: RegisteredFunction): {
  name: string;
  type: string;
  options: Readonly<Record<string, unknown>>;
} {
  const found = Object.entries(registered.bindings).find(([, binding]) => /trigger$/i.test(binding.type));
  if (!found)
    throw new Error(
      `Function '${registered.name}' has no trigger; register it with app.http, app.timer or app.storageQueue.`,
    );
  const [name, options] = found;
  return { name, type: options.type.toLowerCase(), options };
}
