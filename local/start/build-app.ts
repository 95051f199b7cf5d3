import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { StartError } from './start-error.ts';

/**
 * Compiles the app into `dist`, as `npm run build` does, in a process that ends with the signal.
 * @throws StartError if the compiler found something wrong; it has said what
 */
export async function buildApp(project: string, signal: AbortSignal): Promise<void> {
  await rm(join(project, 'dist'), { recursive: true, force: true });
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const child = spawn(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: project,
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  signal.throwIfAborted();
  if (code !== 0) throw new StartError('The app could not be built; mend what the compiler names above.');
}
