import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentTypeOfRecord, readRecordFile } from '../../../local/simulator/record-file.ts';
import { hour, iso, listed, noon, otherTenantId, startCaller, subscribe, tenantId } from './caller.ts';
import type { Caller } from './caller.ts';

let directory: string;
let caller: Caller | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'simulator-test-'));
});
afterEach(async () => {
  await caller?.close();
  caller = undefined;
  await rm(directory, { recursive: true });
});

const file = async (content: string | Buffer, name = 'records.ndjson'): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
};

test.each([
  [{ Workload: 'AzureActiveDirectory', RecordType: 15 }, 'Audit.AzureActiveDirectory'],
  [{ Workload: 'Exchange', RecordType: 1 }, 'Audit.Exchange'],
  [{ Workload: 'Exchange', RecordType: 13 }, 'DLP.All'],
  [{ Workload: 'Exchange', RecordType: '33' }, 'DLP.All'],
  [{ Workload: 'SharePoint', RecordType: 11 }, 'DLP.All'],
  [{ Workload: 'SharePoint', RecordType: 6 }, 'Audit.SharePoint'],
  [{ Workload: 'OneDrive', Operation: 'FileAccessed' }, 'Audit.SharePoint'],
  [{ Workload: 'OneDrive', Operation: 'DLPRuleMatch' }, 'DLP.All'],
  [{ Workload: 'MicrosoftTeams', RecordType: 25 }, 'Audit.General'],
  [{ Workload: 'Endpoint', RecordType: 63 }, 'DLP.All'],
  [{ Workload: 'constructor' }, 'Audit.General'],
  [{}, 'Audit.General'],
])('%j belongs to %s', (record, contentType) => {
  expect(contentTypeOfRecord(record)).toBe(contentType);
});

const line = (number: number, tenant = tenantId) =>
  `{"Id":"${number}",  "Big":9007199254740993${number},"OrganizationId":"${tenant.toUpperCase()}","Workload":"Exchange","t":"æ\\u00e6"}`;

/** All records of a feed as the API gives them, in the order of listing. */
async function collect(
  from: Caller,
  contentType: string,
): Promise<{ sizes: number[]; bodies: string[]; created: number[] }> {
  const found = [];
  for (const back of [48, 24]) {
    const query = { startTime: iso(noon - back * hour), endTime: iso(noon - (back - 24) * hour) };
    found.push(...listed(await from.list(contentType, query)));
  }
  const bodies = [];
  for (const { contentUri } of found) bodies.push(await (await from.fetch(contentUri)).text());
  const sizes = bodies.map((body) => (JSON.parse(body) as unknown[]).length);
  return { sizes, bodies, created: found.map(({ contentCreated }) => Date.parse(contentCreated)) };
}

test.each([
  ['as it is', (text: string) => Buffer.from(text)],
  ['compressed', (text: string) => gzipSync(text)],
])('records of a file %s are served byte for byte, in file order, in contents of 1 to 200', async (_, pack) => {
  const lines = Array.from({ length: 1500 }, (__, number) => line(number));
  const other = line(7, otherTenantId);
  const text = [...lines.slice(0, 700), other, '', '  ', ...lines.slice(700)].join('\n');
  caller = await startCaller({ records: await file(pack(text), 'records'), tenants: [], seed: 3 });
  expect(caller.offered()).toMatchObject({
    done: true,
    feeds: [
      { tenantId, contentType: 'Audit.Exchange', records: 1500 },
      { tenantId: otherTenantId, contentType: 'Audit.Exchange', contents: 1, records: 1 },
    ],
  });
  await subscribe(caller, 'Audit.Exchange');
  const { sizes, bodies, created } = await collect(caller, 'Audit.Exchange');
  expect(bodies.map((body) => body.slice(1, -1)).join(',')).toBe(lines.join(','));
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
  expect(new Set(sizes).size).toBeGreaterThan(3);
  expect(created).toEqual([...created].sort((one, next) => one - next));
  expect(created[0]).toBeGreaterThanOrEqual(noon - 36 * hour);
  expect(created.at(-1)).toBeLessThanOrEqual(noon);
  expect((created.at(-1) ?? 0) - (created[0] ?? 0)).toBeGreaterThan(hour);
});

test('a byte order mark and line ends of Windows are no part of a record', async () => {
  const path = await file(`\ufeff${line(1)}\r\n${line(2)}\r\n`);
  const { feeds } = await readRecordFile(path);
  expect(feeds[0]?.records.map(String)).toEqual([line(1), line(2)]);
});

test('a record across the chunks of a file stays whole', async () => {
  const long = JSON.stringify({ OrganizationId: tenantId, Text: 'æ'.repeat(3_000_000) });
  const { feeds } = await readRecordFile(await file(`${line(1)}\n${long}\n${line(2)}`));
  expect(feeds.flatMap(({ records }) => records.map(String)).sort()).toEqual([line(1), line(2), long].sort());
});

test('the same seed splits the same file in the same way', async () => {
  const path = await file(Array.from({ length: 900 }, (_, number) => line(number)).join('\n'));
  const shape = async (seed: number) => {
    const started = await startCaller({ records: path, seed });
    await subscribe(started, 'Audit.Exchange');
    const { sizes, created } = await collect(started, 'Audit.Exchange');
    await started.close();
    return { sizes, created };
  };
  const first = await shape(1);
  expect(await shape(1)).toEqual(first);
  expect(await shape(2)).not.toEqual(first);
});

test.each([
  ['{"Id":', 'is not valid JSON'],
  ['[]', 'is no JSON object'],
  ['null', 'is no JSON object'],
  ['{"Id":"1"}', 'has no OrganizationId that is a GUID'],
  ['{"OrganizationId":"contoso"}', 'has no OrganizationId that is a GUID'],
  [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'is not valid UTF-8'],
])('a line that is %s is named with its number', async (bad, what) => {
  const path = await file(
    Buffer.concat([Buffer.from(`${line(1)}\n\n`), Buffer.from(bad), Buffer.from(`\n${line(2)}`)]),
  );
  await expect(startCaller({ records: path })).rejects.toThrow(
    `Line 3 of ${path} ${what}; mend the line or leave it out.`,
  );
});

test('a file that is absent or broken is named', async () => {
  const absent = join(directory, 'absent.ndjson');
  await expect(readRecordFile(absent)).rejects.toThrow(`The records in ${absent} cannot be read`);
  const torn = await file(gzipSync(line(1)).subarray(0, 30), 'torn.gz');
  await expect(readRecordFile(torn)).rejects.toThrow(`The records in ${torn} cannot be read`);
  await expect(readRecordFile(directory)).rejects.toThrow('cannot be read');
});

test('an empty file is refused: nobody exports nothing on purpose', async () => {
  for (const content of ['', '\n\n']) {
    const path = await file(content);
    await expect(startCaller({ records: path })).rejects.toThrow(`The file ${path} holds no records`);
  }
});
