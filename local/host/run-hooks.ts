import type { HookCallback } from './core-types.ts';

/** Runs hooks one after the other, in the order of their registration. @throws whatever a hook throws */
export async function runHooks(hooks: readonly HookCallback[], context: Record<string, unknown>): Promise<void> {
  for (const hook of hooks) await hook(context);
}
