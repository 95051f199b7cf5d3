import { createRecordCutter } from '../../shared/records/record-cutter.ts';
import { type BenchRow, printTable } from './table.ts';

const recordCount = 6_000;
const chunkBytes = 64 * 1024;
const rounds = 15;
const maxRecordBytes = 4 * 1024 * 1024;

/** A made-up record of some 1.3 kB: as many short strings as an Exchange record of the real service has. */
function madeUpRecord(i: number): object {
  const id = (part: number) => (i * 2_654_435_761 + part).toString(16).padStart(12, '0').slice(-12);
  const user = `person${i % 97}@contoso.example`;
  return {
    CreationTime: new Date(Date.UTC(2026, 10, 22) + i * 977).toISOString().slice(0, 19),
    Id: `5b1c7d2e-8a4f-4c19-9e60-${id(0)}`,
    Operation: i % 3 === 0 ? 'Set-Mailbox' : 'MailItemsAccessed',
    OrganizationId: '6d0f3c52-1b7e-4a86-b9c4-2e5a71d80f36',
    RecordType: 50,
    ResultStatus: 'Succeeded',
    UserKey: `CONTOSO\\${id(1)}`,
    UserType: 0,
    Version: 1,
    Workload: 'Exchange',
    ClientIP: `192.0.2.${i % 250}`,
    ObjectId: `example.prod/Hosted Organizations/contoso.example/Müller ${id(2)}`,
    UserId: user,
    AppId: '',
    ExternalAccess: i % 2 === 0,
    OrganizationName: 'contoso.example',
    OriginatingServer: 'AM0PR01MB0001 (15.20.8000.000)',
    SessionId: id(3),
    InternalLogonType: 0,
    LogonUserSid: `S-1-5-21-1000000000-${i}-3000000000-4000`,
    Parameters: ['Identity', 'Force', 'ProhibitSendQuota', 'IssueWarningQuota', 'Arbitration', 'QuotaDefaults'].map(
      (name) => ({ Name: name, Value: name === 'Force' ? 'True' : `49 GB (53,687,091,${i % 1000} bytes) ${id(4)}` }),
    ),
    Item: { Subject: 'Re: "Quarter"', InternetMessageId: `<${id(5)}@contoso.example>`, SizeInBytes: 48_211 + i },
  };
}

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

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

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
