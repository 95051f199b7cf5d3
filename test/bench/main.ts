import { withLoopback } from '../../local/start/environment.ts';
import { benchConsole } from './console.ts';
import { benchFairness } from './fairness.ts';
import { benchRecordStream } from './record-stream.ts';
import { benchStorageOperations } from './storage-operations.ts';
import { benchQuiet } from './quiet.ts';
import { benchRepeats } from './repeats.ts';
import { printTable } from './table.ts';
import { benchWorkerMemory } from './worker-memory.ts';
import { benchWorkerPath } from './worker-path.ts';

/**
 * `npm run bench`; `-- fairness [SECONDS [CYCLE [NEIGHBOUR]]]` (how long, seconds from one timer to the next, a part of its
 * name), `-- storage [CONTENTS]`, `-- quiet [TENANTS]` and `-- console [CUSTOMERS]` run the real app and take minutes.
 */
const [what, size, cycle, only] = process.argv.slice(2);
process.env['NO_PROXY'] = withLoopback(process.env);
if (what === 'fairness')
  await benchFairness({ spanMs: Number(size ?? '120') * 1000, cycleMs: Number(cycle ?? '5') * 1000 }, only);
else if (what === 'storage') await benchStorageOperations(Number(size ?? '3000'));
else if (what === 'quiet') await benchQuiet(Number(size ?? '100'));
else if (what === 'console') printTable(await benchConsole(Number(size ?? '1000')));
else
  printTable([
    ...benchRecordStream(),
    ...(await benchWorkerPath()),
    ...(await benchWorkerMemory()),
    ...(await benchRepeats()),
  ]);
// Keep-alive connections of the client would hold the process for some seconds more.
process.exit();
