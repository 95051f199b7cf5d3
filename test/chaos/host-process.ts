import { join } from 'node:path';

import { startFunctionsHost } from '../../local/host/host.ts';
import { openLogFile } from '../../local/start/log-file.ts';

// A functions host in a process of its own, to be killed: `node host-process.ts PORT LOG-FILE`. Its environment is the
// app's; what host and app say goes to the file with the time, which tells afterwards what happened when.
const [port = '', logFile = ''] = process.argv.slice(2);
const { log } = openLogFile(logFile, () => undefined);
const host = await startFunctionsHost({
  appDirectory: join(import.meta.dirname, '..', '..'),
  port: Number(port),
  environment: process.env,
  log,
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void host.stop().then(() => process.exit());
  });
}
process.stdout.write(`${host.url}\n`);
