import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../../shared/clock.ts';
import { DestinationError } from '../../../../shared/delivery/destination-error.ts';
import { createFileDestination } from '../../../../shared/delivery/destinations/file.ts';
import { fileError } from '../../../../shared/delivery/file-error.ts';
import { systemRandom } from '../../../../shared/random.ts';
import { calm, delivery, failureOf, record, tenantId } from '../sample-delivery.ts';

const two = delivery([record('{"n":1}'), record('{"n":"\\u0041"}', null)]);
let root = '';
let folder = '';

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'relay-file-'));
  folder = path.join(root, 'out', tenantId, 'Audit.Exchange', '2026-11-22');
});

afterEach(() => rm(root, { recursive: true, force: true }));

const file = (where = path.join(root, 'out'), clock = systemClock) =>
  createFileDestination({ name: 'disk', type: 'file', path: where }, { clock, random: systemRandom });

test('raw records, one a line, in a file named by their hash; nothing is left beside it', async () => {
  expect(await file().deliver(two, calm())).toEqual([{ taken: true }, { taken: true }]);
  const [name, ...others] = await readdir(folder);
  expect(others).toEqual([]);
  expect(name).toMatch(/^[0-9a-f]{64}\.ndjson$/);
  expect(await readFile(path.join(folder, name ?? ''), 'utf8')).toBe('{"n":1}\n{"n":"\\u0041"}\n');
});

test('the same records again, even at the same moment, are one file; others another', async () => {
  const disk = file();
  await Promise.all([disk.deliver(two, calm()), disk.deliver(two, calm()), file().deliver(two, calm())]);
  expect(await disk.deliver(two, calm())).toHaveLength(2);
  expect(await readdir(folder)).toHaveLength(1);
  await disk.deliver(delivery([record('{"n":3}')]), calm());
  expect(await readdir(folder)).toHaveLength(2);
});

test('what a killed writer left is swept when it is old, and only then', async () => {
  await mkdir(folder, { recursive: true });
  const leftovers = ['.old.tmp', '.young.tmp', 'old.ndjson'];
  for (const name of leftovers) await writeFile(path.join(folder, name), 'half');
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(path.join(folder, '.old.tmp'), longAgo, longAgo);
  await utimes(path.join(folder, 'old.ndjson'), longAgo, longAgo);

  let now = Date.now();
  const disk = file(undefined, { ...systemClock, now: () => now });
  await disk.deliver(two, calm());
  const left = await readdir(folder);
  expect(left).not.toContain('.old.tmp');
  expect(left).toEqual(expect.arrayContaining(['.young.tmp', 'old.ndjson']));

  now += 1_000_000;
  await disk.deliver(two, calm());
  expect(await readdir(folder)).not.toContain('.young.tmp');
});

test.each([
  { tenantId: '../../elsewhere' },
  { tenantId: `${tenantId}/..` },
  { contentType: '../Audit.Exchange' as 'Audit.Exchange' },
  { hour: '2026-11-22/../x' },
])('%j cannot leave the folder', async (changes) => {
  const error = await failureOf(file().deliver({ ...two, ...changes }, calm()));
  expect(error).toBeInstanceOf(DestinationError);
  expect(error).toMatchObject({ kind: 'refused' });
  expect(await readdir(root)).toEqual([]);
});

test('a path that is no folder is a wrong setting', async () => {
  await writeFile(path.join(root, 'out'), '');
  const error = await failureOf(file().deliver(two, calm()));
  expect(error).toMatchObject({ kind: 'misconfigured' });
  expect((error as Error).message).toMatch(/Destination disk .* DESTINATION_DISK_PATH/);
});

test('an abort and a delivery without records write nothing', async () => {
  const reason = new Error('The batch ran out of time.');
  expect(await failureOf(file().deliver(two, AbortSignal.abort(reason)))).toBe(reason);
  expect(await file().deliver(delivery([]), calm())).toEqual([]);
  expect(await readdir(root)).toEqual([]);
});

test.each([
  ['ENOSPC', 'unavailable', /no room left/],
  ['EDQUOT', 'unavailable', /no room left/],
  ['EACCES', 'misconfigured', /who may write there/],
  ['EROFS', 'misconfigured', /who may write there/],
  ['EIO', 'unavailable', /check the disk/],
  ['EMFILE', 'unavailable', /check the disk/],
])('%s means %s', (code, kind, words) => {
  const error = fileError('disk', Object.assign(new Error('failed'), { code }));
  expect(error.kind).toBe(kind);
  expect(error.message).toMatch(words);
});

test.runIf(process.platform === 'linux')('a full disk is unavailable', async () => {
  // Writing to this device fails as on a full disk; the file is written aside, so only its words can be shown.
  const full = await failureOf(writeFile('/dev/full', 'x'));
  expect(fileError('disk', full)).toMatchObject({ kind: 'unavailable' });
});
