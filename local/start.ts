import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { systemClock } from '../shared/clock.ts';
import { systemRandom } from '../shared/random.ts';
import { buildApp } from './start/build-app.ts';
import { withLoopback } from './start/environment.ts';
import { run } from './start/run.ts';
import { createScreen } from './start/screen.ts';

/** `npm start`: everything on this machine. */

/** Stopping in order takes seconds; whatever still hangs after so long is cut off, milliseconds. */
const stopBudgetMs = 9_000;

const project = join(import.meta.dirname, '..');
const envFile = join(project, '.env');
if (existsSync(envFile)) loadEnvFile(envFile);
process.env['NO_PROXY'] = withLoopback(process.env);

const stopping = new AbortController();
// Whoever read our lines has gone; stopping in order saves the storage, an unhandled error would not.
process.stdout.on('error', () => {
  stopping.abort();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping.abort();
    setTimeout(() => process.exit(1), stopBudgetMs).unref();
  });
}

let exitCode = 1;
try {
  exitCode = await run({
    args: process.argv.slice(2),
    project,
    state: join(project, '.local'),
    environment: { ...process.env },
    screen: createScreen(process.stdout),
    clock: systemClock,
    random: systemRandom,
    build: () => buildApp(project, stopping.signal),
    signal: stopping.signal,
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
}
// Idle connections would keep the process for seconds after everything is closed.
process.exit(exitCode);
