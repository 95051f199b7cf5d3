import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { runHooks } from './run-hooks.ts';
import type { AppState } from './core-types.ts';

const packageJson = z.object({ main: z.string().optional() });

const capabilities = [
  'RawHttpBodyBytes',
  'RpcHttpTriggerMetadataRemoved',
  'RpcHttpBodyOnly',
  'IgnoreEmptyValuedRpcHttpHeaders',
  'UseNullableValueDictionaryForHttp',
  'WorkerStatus',
  'TypedDataCollection',
  'HandlesWorkerTerminateMessage',
];

/**
 * Imports the files that `main` of the app's package.json names (a glob, in order) and runs its appStart hooks.
 *
 * As in the real worker (3.9.1, observed), a file that throws fails the start only if something was registered before;
 * otherwise the app starts without functions and the reason is on stderr alone.
 * @throws whatever the app's files or hooks throw
 */
export async function loadApp(app: AppState, appDirectory: string): Promise<void> {
  try {
    await importEntryPoints(appDirectory);
  } catch (error) {
    if (app.functions.size > 0) throw error;
    console.error(error);
  }
  const context = { hookData: {}, appHookData: app.appHookData, functionAppDirectory: appDirectory };
  await runHooks(app.hooks.appStart, context);
  await app.model?.getCapabilities(Object.fromEntries(capabilities.map((name) => [name, 'true'])));
  app.locked = true;
}

async function importEntryPoints(appDirectory: string): Promise<void> {
  const { main } = packageJson.parse(JSON.parse(await readFile(join(appDirectory, 'package.json'), 'utf8')));
  if (main === undefined) return;
  const files = (await Array.fromAsync(glob(main, { cwd: appDirectory }))).sort();
  if (files.length === 0) {
    throw new Error(`No file matches "${main}", the entry point in package.json. Build the app, or mend "main".`);
  }
  for (const file of files) await import(pathToFileURL(join(appDirectory, file)).href);
}
