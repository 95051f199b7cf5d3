import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { CutRecord } from '../../shared/records/cut-record.ts';
import { createRepeats } from '../../shared/repeats/create-repeats.ts';
import type { Repeats } from '../../shared/repeats/repeats.ts';
import { createSeenStore } from '../../shared/state/seen.ts';
import { createMemoryTables } from '../support/memory-tables.ts';
import { tenantId } from '../support/test-pipeline.ts';
import { type Asked, countTables } from './counting-tables.ts';
import { type BenchRow, printTable } from './table.ts';

const feed = { tenantId, contentType: 'Audit.Exchange' } as const;
const million = 1_000_000;
const begun = Date.parse('2026-11-22T00:00:00Z');

interface Traffic {
  readonly contents: number;
  readonly recordsPerContent: number;
  /** Time between two batches, milliseconds. */
  readonly everyMs: number;
  /** Records of one batch spread over this time before it, milliseconds. */
  readonly spanMs: number;
}

interface Measured extends Asked {
  readonly seconds: number;
  /** Bytes of memory that what is known takes. */
  readonly memory: number;
}

const collect = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

const memoryNow = async (): Promise<number> => {
  // Typed arrays are let go of in a second turn.
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** @returns how many of the records the destination needed */
async function deliver(repeats: Repeats, traffic: Traffic, batch: number, now: number): Promise<number> {
  using work = repeats.begin(feed);
  const taken = [];
  const ids = Array.from({ length: traffic.contents }, (_, content) => `${batch}-${content}`);
  for (const contentId of ids) {
    const records = Array.from({ length: traffic.recordsPerContent }, (_, ordinal): CutRecord => {
      const creationTime = new Date(now - Math.random() * traffic.spanMs).toISOString().slice(0, 19);
      return { ordinal, offset: 0, length: 0, bytes: undefined, id: randomUUID(), creationTime };
    });
    const { fresh } = await work.sort('soc', contentId, records);
    for (const { ordinal, id, creationTime } of fresh) {
      taken.push({ contentId, ordinal, recordId: id ?? null, creationTime });
    }
  }
  await work.taken('soc', taken);
  for (const contentId of ids) await work.end(contentId);
  return taken.length;
}

/** In a function of its own, so that nothing holds on to a process that is let go of. */
async function deliverMillion(workers: readonly Repeats[], traffic: Traffic, clock: { time: number }): Promise<void> {
  let delivered = 0;
  for (let batch = 0; delivered < million; batch += 1) {
    const worker = workers[batch % workers.length];
    if (worker) delivered += await deliver(worker, traffic, batch, clock.time);
    clock.time += traffic.everyMs;
  }
}

/** A million records through the repeats of one process, or of as many as there are, by turns. */
async function measure(traffic: Traffic, processes: number): Promise<Measured> {
  const asked: Asked = { reads: 0, writes: 0, bytesRead: 0, bytesWritten: 0 };
  const tables = createMemoryTables();
  const clock = { time: begun, now: () => clock.time };
  const workers = Array.from({ length: processes }, () =>
    createRepeats({ seen: createSeenStore(countTables(tables, asked)), clock, retentionDays: 30, maxBytes: Infinity }),
  );
  const start = performance.now();
  await deliverMillion(workers, traffic, clock);
  const seconds = (performance.now() - start) / 1000;
  const before = await memoryNow();
  workers.length = 0;
  return { ...asked, seconds, memory: before - (await memoryNow()) };
}

const steady: Traffic = { contents: 20, recordsPerContent: 10, everyMs: 10_000, spanMs: 20 * 60_000 };
const catchUp: Traffic = { contents: 20, recordsPerContent: 150, everyMs: 500, spanMs: 60 * 60_000 };

const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** What knowing the repeats of a million records costs, beside the 20 bytes that each takes in the table. */
export async function benchRepeats(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [name, traffic, processes] of [
    ['steady, batches of 20 x 10, every 10 s', steady, 1],
    ['catch-up, batches of 3,000, every 0.5 s', catchUp, 1],
    ['catch-up, two processes', catchUp, 2],
  ] as const) {
    const { reads, writes, bytesRead, bytesWritten, seconds, memory } = await measure(traffic, processes);
    rows.push(
      {
        figure: `repeats of a million records, ${name}: operations`,
        value: `${whole(reads)} reads, ${whole(writes)} writes`,
        yardstick: `${whole(million / (traffic.contents * traffic.recordsPerContent))} batches`,
        ratio: ((reads + writes) * traffic.contents * traffic.recordsPerContent) / million,
      },
      {
        figure: '  bytes on the wire',
        value: `${whole(bytesWritten / 1e6)} MB written, ${whole(bytesRead / 1e6)} MB read`,
        yardstick: '20 MB of Ids',
        ratio: (bytesWritten + bytesRead) / 20e6,
      },
      {
        figure: '  memory of each process, and time',
        value: `${whole(memory / processes / 1e6)} MB, ${seconds.toFixed(1)} s`,
        yardstick: '20 MB of Ids',
        ratio: memory / processes / 20e6,
      },
    );
  }
  return rows;
}

if (import.meta.main) printTable(await benchRepeats());
