import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { createPretty } from '../../local/simulator/pretty-chunks.ts';
import { isClean, totalOf } from '../../local/start/account.ts';
import { contentTypes } from '../../shared/activity-api/content-types.ts';
import { asBytes, deliveredFiles, deliveredLines } from './delivered-lines.ts';
import { madeUpRecord, madeUpRecords, recordMark } from './made-up-records.ts';
import { identity, makeFolder, type RunningRelay, startRelay } from './relay.ts';

const tenantIds = [
  '1a1a1a1a-0001-4001-8001-000000000001',
  '2b2b2b2b-0002-4002-8002-000000000002',
  '3c3c3c3c-0003-4003-8003-000000000003',
] as const;
const [first, , pretty] = tenantIds;

/** A record of a body that was written over several lines: each line break is one space, the indentation stays. */
const onOneLine = (record: string): string =>
  createPretty()(Buffer.from(`[${record}]`))
    .toString()
    .slice(1, -1)
    .trim()
    .replaceAll('\r\n', ' ');

const fetches = ({ simulator }: RunningRelay): number =>
  simulator
    .requests()
    .filter(({ operation }) => operation === 'fetch')
    .reduce((sum, { count }) => sum + count, 0);

async function start(directory: string): Promise<RunningRelay> {
  const relay = await startRelay({ directory, simulator: { records: join(directory, '..', 'records.ndjson') } });
  onTestFinished(() => relay.stop());
  // Before anything is listed, also after a restart, which forgets switches.
  relay.simulator.switches.set('pretty-printed', true, { tenantId: pretty });
  return relay;
}

test('every record of three customers arrives once, byte for byte, and a second start does nothing twice', async () => {
  const folder = await makeFolder();
  onTestFinished(() => folder.remove());
  const directory = join(folder.path, 'state');
  const inFile = tenantIds.flatMap((tenantId) =>
    contentTypes.flatMap((contentType, index) => madeUpRecords(tenantId, contentType, index * 1000, 40)),
  );
  await writeFile(join(folder.path, 'records.ndjson'), inFile.map((line) => `${line}\n`).join(''));

  const relay = await start(directory);
  const one = madeUpRecord(first, 'Audit.Exchange', 9001);
  const two = madeUpRecord(first, 'Audit.Exchange', 9002);
  relay.simulator.offer(first, 'Audit.Exchange', { records: [one, two, one, one, two] });
  await relay.onboard();
  const rows = await relay.settled();

  const expected = [...inFile, one, two].map((line) =>
    asBytes(line.includes(`"OrganizationId":"${pretty}"`) ? onOneLine(line) : line),
  );
  expect(await deliveredLines(relay.delivered)).toEqual(expected.sort());
  expect(isClean(rows)).toBe(true);
  const total = totalOf(rows);
  expect(total.records).toEqual({
    offered: inFile.length + 5,
    delivered: inFile.length + 2,
    duplicates: 3,
    parked: 0,
    unaccounted: 0,
  });
  expect(total.contents.delivered).toBe(total.contents.offered);

  const exchange = relay.simulator
    .offered()
    .feeds.find(({ tenantId, contentType }) => tenantId === first && contentType === 'Audit.Exchange');
  expect(await relay.get(`/api/tenants/${first.toUpperCase()}`)).toEqual({
    tenantId: first,
    name: expect.any(String) as unknown,
    domain: null,
    state: 'active',
    nextStep: 'Nothing to do: audit records are being forwarded.',
    missingRoles: [],
    consentedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
    consentedBy: expect.stringMatching(/^Alex Admin \(admin@/) as unknown,
    feeds: contentTypes.map((contentType) => ({
      contentType,
      state: 'active',
      position: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
      lagSeconds: expect.any(Number) as unknown,
      lagReason: null,
      gaps: [],
      contents: expect.objectContaining({ queued: 0, parked: 0, lost: 0 }) as unknown,
      records:
        contentType === 'Audit.Exchange'
          ? { delivered: 42, duplicates: 3, parked: 0 }
          : { delivered: 40, duplicates: 0, parked: 0 },
    })),
  });
  expect(fetches(relay)).toBe(total.contents.offered);
  expect(exchange?.records).toBe(45);
  const said = relay.log.map(({ message }) => message).join('\n');
  expect(said).not.toContain(recordMark);
  expect(said).not.toContain(identity.clientSecret);
  expect(said).not.toMatch(/eyJ[\w-]+\./);
  expect(relay.log.filter(({ level, source }) => level === 'error' || source === 'stderr')).toEqual([]);
  await relay.stop();

  const before = await deliveredFiles(relay.delivered);
  const again = await start(directory);
  await again.onboard();
  const late = madeUpRecord(first, 'Audit.General', 9003);
  again.simulator.offer(first, 'Audit.General', { records: [late] });
  expect(totalOf(await again.settled()).records.delivered).toBe(total.records.delivered + 1);
  // The one that is new, and nothing else, was fetched and written.
  expect(fetches(again)).toBe(1);
  const after = await deliveredFiles(again.delivered);
  expect([...after.keys()].filter((path) => !before.has(path))).toHaveLength(1);
  for (const [path, bytes] of before) expect(after.get(path)?.equals(bytes)).toBe(true);
  expect(await deliveredLines(again.delivered)).toEqual([...expected, asBytes(late)].sort());
}, 300_000);
