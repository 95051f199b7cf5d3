import { fork } from 'node:child_process';
import { once } from 'node:events';

import { type Servers, startServers } from './start-servers.ts';
import { type BenchRow, printTable } from './table.ts';

/** Peak resident memory, in MB, of a worker of its own that forwards one content of so many megabytes. */
async function peakOf(servers: Servers, megabytes: number): Promise<number> {
  const script = new URL('./worker-memory-child.ts', import.meta.url);
  const child = fork(script, [String(servers.api), String(servers.endpoint), `stream-${megabytes}`]);
  const [peak] = (await once(child, 'message')) as [number];
  return peak;
}

/** Resident memory of a worker with a large content beside one with a small content. */
export async function benchWorkerMemory(): Promise<BenchRow[]> {
  const servers = await startServers({ contents: 0, recordsPerContent: 0 });
  try {
    const small = await peakOf(servers, 1);
    const large = await peakOf(servers, 200);
    return [
      {
        figure: 'peak resident memory, one content of 200 MB',
        value: `${large.toFixed(0)} MB`,
        yardstick: `one of 1 MB: ${small.toFixed(0)} MB`,
        ratio: large / small,
      },
    ];
  } finally {
    servers.stop();
  }
}

if (import.meta.main) printTable(await benchWorkerMemory());
