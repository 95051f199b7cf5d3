import { benchRecordStream } from './record-stream.ts';
import { printTable } from './table.ts';
import { benchWorkerMemory } from './worker-memory.ts';
import { benchWorkerPath } from './worker-path.ts';

printTable([...benchRecordStream(), ...(await benchWorkerPath()), ...(await benchWorkerMemory())]);
// Keep-alive connections of the client would hold the process for some seconds more.
process.exit();
