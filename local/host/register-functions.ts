import { z } from 'zod';
import { createRoute } from './routes.ts';
import { createTimer } from './timer.ts';
import { resolveSettings } from './resolve-settings.ts';
import { triggerOf } from './invocation.ts';
import type { HostSettings } from './host-json.ts';
import type { RegisteredFunction } from './protocol.ts';
import type { Route } from './routes.ts';
import type { Timer } from './timer.ts';
import type { Clock } from '../../shared/clock.ts';

/** A function and the binding that starts it. */
export interface Target {
  readonly functionName: string;
  readonly bindingName: string;
}

/** The functions of an app by what starts them, and a sentence for each that this host cannot run. */
export interface Triggers {
  readonly http: readonly (Target & { readonly route: Route })[];
  readonly timers: readonly (Target & { readonly timer: Timer })[];
  readonly queues: readonly (Target & { readonly queueName: string; readonly connection: string })[];
  readonly refused: readonly string[];
}

const httpOptions = z.object({ route: z.string().optional(), methods: z.array(z.string()).default([]) });
const timerOptions = z.object({ schedule: z.string() });
const queueOptions = z.object({ queueName: z.string(), connection: z.string().default('AzureWebJobsStorage') });

/** Sorts an app's functions by trigger, with `%SETTING%`s resolved. A function that cannot run does not stop the others. */
export function registerFunctions(
  functions: readonly RegisteredFunction[],
  settings: HostSettings,
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Triggers {
  const http: Triggers['http'][number][] = [];
  const timers: Triggers['timers'][number][] = [];
  const queues: Triggers['queues'][number][] = [];
  const refused: string[] = [];

  function register(registered: RegisteredFunction): void {
    const trigger = triggerOf(registered);
    const target = { functionName: registered.name, bindingName: trigger.name };
    const resolve = (text: string) => resolveSettings(text, environment);
    for (const [name, { type, direction }] of Object.entries(registered.bindings)) {
      if (name === trigger.name || (direction === 'out' && type.toLowerCase() === 'http')) continue;
      throw new Error(`this host has no '${type}' binding; use the client library instead.`);
    }
    switch (trigger.type) {
      case 'httptrigger': {
        const { route = registered.name, methods } = httpOptions.parse(trigger.options);
        http.push({ ...target, route: createRoute(registered.name, settings.routePrefix, resolve(route), methods) });
        return;
      }
      case 'timertrigger':
        timers.push({ ...target, timer: createTimer(resolve(timerOptions.parse(trigger.options).schedule), clock) });
        return;
      case 'queuetrigger': {
        const { queueName, connection } = queueOptions.parse(trigger.options);
        queues.push({ ...target, queueName: resolve(queueName), connection: resolve(connection) });
        return;
      }
      default:
        throw new Error(`this host has no '${trigger.type}' trigger.`);
    }
  }

  for (const registered of functions) {
    try {
      register(registered);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      refused.push(`Function '${registered.name}' is not started: ${why}`);
    }
  }
  return { http, timers, queues, refused };
}
