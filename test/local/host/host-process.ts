import { startFunctionsHost } from '../../../local/host/host.ts';

/** A host in a process of its own, for a test to kill. Says the app's pid to its parent. */
const host = await startFunctionsHost({
  appDirectory: process.argv[2] ?? '',
  port: 0,
  environment: {},
  log: () => undefined,
});
process.send?.(host.pid());
