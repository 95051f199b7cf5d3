import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFunctionsHost } from './host.ts';
import { printLog } from './print-log.ts';

/** The functions host alone: `node local/host/main.ts --port N`, with the environment as app settings. */

const print = (line: string): void => {
  console.log(line);
};

function readPort(): number {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '7071' } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`"${values.port}" is not a port; give a number from 0 to 65535 after --port.`);
  }
  return port;
}

const told = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, resolve);
});

try {
  const host = await startFunctionsHost({
    appDirectory: join(import.meta.dirname, '..', '..'),
    port: readPort(),
    environment: process.env,
    log: printLog(print),
  });
  print(`Functions host at ${host.url}, app process ${host.pid() ?? 'not running'}.`);
  await told;
  await host.stop();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
