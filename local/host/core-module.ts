import Module from 'node:module';
import { hookNames } from './core-types.ts';
import type {
  AppState,
  Callback,
  FunctionMetadata,
  HookCallback,
  HookName,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts';

const isHookName = (name: string): name is HookName => (hookNames as readonly string[]).includes(name);

const systemError = <E extends Error>(error: E): E => Object.assign(error, { isAzureFunctionsSystemError: true });

/** The `Disposable` that the core module offers. */
class Disposable {
  #dispose: (() => unknown) | undefined;

  constructor(dispose?: () => unknown) {
    this.#dispose = dispose;
  }

  static from(...disposables: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  dispose(): unknown {
    const dispose = this.#dispose;
    this.#dispose = undefined;
    return dispose?.();
  }
}

/** The object that `require('@azure/functions-core')` gives inside the worker. */
export function createCoreModule(
  app: AppState,
  log: (level: LogLevel, category: string, message: string) => void,
): Readonly<Record<string, unknown>> {
  return {
    version: '3.11.0',
    get hostVersion() {
      return '4.1040.0';
    },
    registerFunction(metadata: FunctionMetadata, callback: Callback) {
      if (app.locked) throw systemError(new Error('A function can only be registered during app startup.'));
      const id = metadata.functionId ?? metadata.name;
      if (app.functions.has(id)) {
        throw systemError(new Error(`A function with name "${id}" has already been registered.`));
      }
      app.functions.set(id, { metadata, callback });
      return new Disposable(() => {
        if (app.locked) throw systemError(new Error('A function can only be disposed during app startup.'));
        app.functions.delete(id);
      });
    },
    setProgrammingModel(model: ProgrammingModel) {
      app.model = model;
    },
    getProgrammingModel: () => app.model,
    registerHook(name: string, callback: HookCallback) {
      if (!isHookName(name)) throw systemError(new RangeError(`Unrecognized hook "${name}"`));
      app.hooks[name].push(callback);
      return new Disposable(() => {
        const at = app.hooks[name].indexOf(callback);
        if (at >= 0) app.hooks[name].splice(at, 1);
      });
    },
    log,
    Disposable,
  };
}

/** Answers every `require('@azure/functions-core')` of this process with `core`, as the real worker does. */
export function injectCoreModule(core: unknown): void {
  const prototype = Module.prototype as { require: (this: unknown, id: string) => unknown };
  prototype.require = new Proxy(prototype.require, {
    apply: (target, self, args: [string]) =>
      args[0] === '@azure/functions-core' ? core : Reflect.apply(target, self, args),
  });
}
