import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorOf, listed, noon, startCaller, subscribe, tenantId } from './caller.ts';
import type { Caller } from './caller.ts';
import { startSimulator } from '../../../local/simulator/start-simulator.ts';

let parent: string;
let directory: string;
let caller: Caller | undefined;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'simulator-test-'));
  directory = join(parent, 'simulator');
});
afterEach(async () => {
  await caller?.close();
  caller = undefined;
  await rm(parent, { recursive: true });
});

const type = 'Audit.General';

/** Everything of a feed: its listing, and the bytes of each content. */
async function everything(from: Caller): Promise<unknown> {
  const found = listed(await from.list(type));
  const bodies = [];
  for (const { contentUri } of found) bodies.push(await (await from.fetch(contentUri)).text());
  return { found, bodies };
}

test('a restart goes on with the same address, tenants, consents, subscriptions, tokens, contents and bytes', async () => {
  caller = await startCaller({ directory });
  await subscribe(caller, type);
  caller.offer(tenantId, type, { records: ['{"Id":"æ","n":12345678901234567890}'] });
  caller.offer(tenantId, type, { body: '[ ]' }, { created: noon - 5000, contentId: 'mine' });
  caller.offer(tenantId, type, { body: '' });
  caller.offer(tenantId, type, { generate: { records: 3, bytesPerRecord: 400 } });
  const before = await everything(caller);
  const offered = caller.offered();
  const token = await caller.token();
  const { managementUrl } = caller;
  await caller.close();

  caller = await startCaller({ directory, tenants: [] });
  expect(caller.managementUrl).toBe(managementUrl);
  expect(await everything(caller)).toEqual(before);
  expect(caller.offered()).toEqual(offered);
  expect((await caller.api('GET', `${tenantId}/activity/feed/subscriptions/list`, {}, token)).status).toBe(200);
  expect(errorOf(await caller.start(type)).code).toBe('429');
});

test('a record file is taken in once, and from its beginning after a death on the way', async () => {
  const path = join(parent, 'records.ndjson');
  const line = (number: number) => `{"Id":"${number}","OrganizationId":"${tenantId}"}`;
  await writeFile(path, Array.from({ length: 500 }, (_, number) => line(number)).join('\n'));
  caller = await startCaller({ directory, records: path });
  await subscribe(caller, type);
  const before = { all: await everything(caller), offered: caller.offered() };
  await caller.close();
  caller = await startCaller({ directory, records: path });
  expect({ all: await everything(caller), offered: caller.offered() }).toEqual(before);
  await caller.close();

  const statePath = join(directory, 'state.json');
  const state = JSON.parse(await readFile(statePath, 'utf8')) as object;
  await writeFile(statePath, JSON.stringify({ ...state, taken: {} }));
  for (let restart = 0; restart < 2; restart++) {
    caller = await startCaller({ directory, records: path });
    expect(caller.offered()).toEqual(before.offered);
    await caller.close();
  }
  caller = undefined;
});

test('a torn last line of the journal is cut off', async () => {
  caller = await startCaller({ directory });
  caller.offer(tenantId, type, { records: ['{}'] });
  const offered = caller.offered();
  await caller.close();
  await appendFile(join(directory, 'contents.ndjson'), '{"tenantId":"æ');
  caller = await startCaller({ directory });
  expect(caller.offered()).toEqual(offered);
  caller.offer(tenantId, type, { records: ['{}'] });
  await caller.close();
  caller = await startCaller({ directory });
  expect(caller.offered().feeds[0]?.contents).toBe(2);
});

test('a content whose bytes are gone breaks the connection, and only that', async () => {
  caller = await startCaller({ directory });
  await subscribe(caller, type);
  caller.offer(tenantId, type, { records: ['{"Id":"1"}'] });
  const [content] = listed(await caller.list(type));
  await rm(join(directory, 'bodies.bin'));
  await expect(
    caller.fetch(content?.contentUri ?? '').then(async (response) => await response.text()),
  ).rejects.toThrow();
  expect(listed(await caller.list(type))).toHaveLength(1);
});

test('nothing is written after the simulator closed', async () => {
  const ended = await startCaller({ directory });
  await ended.close();
  expect(() => ended.offer(tenantId, type, { records: [] })).toThrow('is closed');
  expect(() => {
    ended.consent(tenantId, tenantId);
  }).toThrow('is closed');
});

test('what cannot be read is named', async () => {
  await (await startCaller({ directory })).close();
  await appendFile(join(directory, 'contents.ndjson'), '{}\n');
  await expect(startCaller({ directory })).rejects.toThrow('Line 1 of');
  await writeFile(join(directory, 'state.json'), '{');
  await expect(startCaller({ directory })).rejects.toThrow('is no JSON; remove it or start with --fresh.');
});

test('the remembered port is not silently given up', async () => {
  await (await startCaller({ directory })).close();
  const { port } = JSON.parse(await readFile(join(directory, 'state.json'), 'utf8')) as { port: number };
  const blocker = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  try {
    await expect(startSimulator({ directory })).rejects.toThrow(
      `Port ${port} is in use; the contents that the simulator offered carry it, so stop what uses it, or start with --fresh.`,
    );
  } finally {
    await new Promise((resolve) => blocker.close(resolve));
  }
});

test('a second file brings a known tenant its records in the last half hour, where its collector still looks', async () => {
  const line = (number: number) => `{"Id":"${number}","OrganizationId":"${tenantId}"}\n`;
  const paths = [join(parent, 'first.ndjson'), join(parent, 'second.ndjson')];
  for (const [number, path] of paths.entries()) await writeFile(path, line(number).repeat(500));
  caller = await startCaller({ directory, records: paths[0] });
  await subscribe(caller, type);
  const before = new Set(listed(await caller.list(type)).map(({ contentId }) => contentId));
  await caller.close();

  caller = await startCaller({ directory, records: paths[1] });
  const added = listed(await caller.list(type)).filter(({ contentId }) => !before.has(contentId));
  expect(added.length).toBeGreaterThan(0);
  for (const { contentCreated } of added) expect(Date.parse(contentCreated)).toBeGreaterThanOrEqual(noon - 1_800_000);
});
