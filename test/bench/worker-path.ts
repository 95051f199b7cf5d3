import { once } from 'node:events';
import { Agent, get, type IncomingMessage, request } from 'node:http';

import { forEachLimited } from '../../shared/for-each-limited.ts';
import type { ServersOrder } from './servers.ts';
import { type Servers, startServers } from './start-servers.ts';
import { type BenchRow, median, printTable } from './table.ts';
import { contentsAtOnce, createWorker, type Worker } from './worker.ts';

const order: ServersOrder = { contents: 400, recordsPerContent: 150 };
const rounds = 5;

/** @returns seconds */
async function forwardAll(worker: Worker): Promise<number> {
  const names = Array.from({ length: order.contents }, (_, i) => String(i));
  const { seconds, records } = await worker.forward(names);
  const expected = order.contents * order.recordsPerContent;
  if (records !== expected) throw new Error(`The worker delivered ${records} records of ${expected}.`);
  return seconds;
}

const agent = new Agent({ keepAlive: true, maxSockets: contentsAtOnce });

/** The yardstick: each content's bytes from one server to the other, untouched. */
async function pipeAll(servers: Servers): Promise<number> {
  const begun = performance.now();
  const contents = Array.from({ length: order.contents }, (_, i) => i);
  await forEachLimited(contents, contentsAtOnce, async (i) => {
    const [source] = (await once(get({ port: servers.api, path: `/api/${i}`, agent }), 'response')) as [
      IncomingMessage,
    ];
    const target = request({ port: servers.endpoint, method: 'POST', agent });
    source.pipe(target);
    const [answer] = (await once(target, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
  });
  return (performance.now() - begun) / 1000;
}

/** The worker path against a bare byte pipe between the same two servers, in turns. Figures are medians of wall time. */
export async function benchWorkerPath(): Promise<BenchRow[]> {
  const servers = await startServers(order);
  const worker = createWorker(servers);
  const megabytes = servers.contentBytes / 1e6;
  const records = order.contents * order.recordsPerContent;
  const rows: BenchRow[] = [];
  try {
    for (const latency of [0, 50]) {
      await servers.setLatency(latency);
      const seconds: { ours: number[]; pipe: number[] } = { ours: [], pipe: [] };
      for (let round = 0; round <= rounds; round += 1) {
        const [ours, pipe] = [await forwardAll(worker), await pipeAll(servers)];
        // The first round warms up.
        if (round === 0) continue;
        seconds.ours.push(ours);
        seconds.pipe.push(pipe);
      }
      const [ours, pipe] = [median(seconds.ours), median(seconds.pipe)];
      rows.push({
        figure: `worker path, ${latency} ms API latency, ${Math.round(servers.contentBytes / records)} bytes a record`,
        value: `${Math.round(records / ours).toLocaleString('en')} records/s, ${(megabytes / ours).toFixed(0)} MB/s`,
        yardstick: `byte pipe ${(megabytes / pipe).toFixed(0)} MB/s`,
        ratio: pipe / ours,
      });
    }
  } finally {
    servers.stop();
    agent.destroy();
  }
  return rows;
}

if (import.meta.main) printTable(await benchWorkerPath());
