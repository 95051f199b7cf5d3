import { createRecordCutter } from '../../shared/records/record-cutter.ts';
import { madeUpRecord } from './made-up-record.ts';
import { type BenchRow, median, printTable } from './table.ts';

const recordCount = 6_000;
const chunkBytes = 64 * 1024;
const rounds = 15;
const maxRecordBytes = 4 * 1024 * 1024;

function cut(body: Buffer): number {
  const cutter = createRecordCutter({ maxRecordBytes, keys: ['OrganizationId'] });
  let records = 0;
  for (let at = 0; at < body.length; at += chunkBytes) {
    records += cutter.push(body.subarray(at, at + chunkBytes)).length;
  }
  return records + cutter.end().length;
}

const parse = (body: Buffer): number => (JSON.parse(body.toString()) as unknown[]).length;

/** Megabytes a second of one pass. CPU time, so that other work on the machine counts little. */
function speedOf(work: (body: Buffer) => number, body: Buffer): number {
  const before = process.cpuUsage();
  const records = work(body);
  const { user, system } = process.cpuUsage(before);
  if (records !== recordCount) throw new Error(`The record stream found ${records} records of ${recordCount}.`);
  return body.length / (user + system);
}

/** Cuts made-up contents, in turns with `JSON.parse` of the same bytes. Figures are medians, in MB/s of CPU time. */
export function benchRecordStream(): BenchRow[] {
  const records = Array.from({ length: recordCount }, (_, i) => madeUpRecord(i));
  const bodies = { compact: JSON.stringify(records), 'pretty-printed': JSON.stringify(records, null, 2) };
  return Object.entries(bodies).map(([name, text]) => {
    const body = Buffer.from(text);
    const speeds: { cut: number[]; parse: number[] } = { cut: [], parse: [] };
    for (let round = 0; round < rounds; round++) {
      speeds.cut.push(speedOf(cut, body));
      speeds.parse.push(speedOf(parse, body));
    }
    const [ours, yardstick] = [median(speeds.cut), median(speeds.parse)];
    return {
      figure: `record stream, ${name}, ${Math.round(body.length / recordCount)} bytes a record`,
      value: `${ours.toFixed(0)} MB/s`,
      yardstick: `JSON.parse ${yardstick.toFixed(0)} MB/s`,
      ratio: ours / yardstick,
    };
  });
}

if (import.meta.main) printTable(benchRecordStream());
