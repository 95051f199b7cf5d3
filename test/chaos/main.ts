import { withLoopback } from '../../local/start/environment.ts';
import { systemClock } from '../../shared/clock.ts';
import { readArguments } from './arguments.ts';
import { runChaos } from './run-chaos.ts';

/** `npm run chaos -- --seed N --minutes M` */

process.env['NO_PROXY'] = withLoopback(process.env);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping.abort(new Error('The fault run was stopped.'));
  });
}

let exitCode = 1;
try {
  const say = (line: string): void => {
    console.log(line);
  };
  const passed = await runChaos(readArguments(process.argv.slice(2)), {
    clock: systemClock,
    signal: stopping.signal,
    say,
  });
  exitCode = passed ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
}
// Idle connections would keep the process for seconds after everything is closed.
process.exit(exitCode);
