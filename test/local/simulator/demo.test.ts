import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentTypes } from '../../../local/simulator/content-types.ts';
import { demoBody, demoCount } from '../../../local/simulator/demo/demo-body.ts';
import { demoTenants } from '../../../local/simulator/demo/demo-tenants.ts';
import { noon, startCaller } from './caller.ts';
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

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await delay(1);
};

const contentsOf = (from: Caller): number => from.offered().feeds.reduce((sum, { contents }) => sum + contents, 0);

const feeds = demoTenants.flatMap(({ tenantId }) => contentTypes.map((contentType) => ({ tenantId, contentType })));

/** The bodies of many contents of the demo, by feed. */
function* bodies(): Generator<{ text: string; count: number; tenantId: string }> {
  for (const { tenantId, contentType } of feeds) {
    for (let index = 0; index < 40; index++) {
      const created = noon + index * 60_000;
      const before = index === 0 ? null : created - 60_000;
      const body = demoBody({ tenantId, contentType, created }, { kind: 'demo', seed: 1, index, before });
      yield { text: body.toString(), count: demoCount({ seed: 1, tenantId, contentType }, index), tenantId };
    }
  }
}

test('every body is an array of as many records as were counted, of the right tenant', () => {
  for (const { text, count, tenantId } of bodies()) {
    const records = JSON.parse(text) as Record<string, unknown>[];
    expect(records).toHaveLength(count);
    for (const record of records) {
      expect(record).toMatchObject({ OrganizationId: tenantId });
      expect(String(record['Id'])).toMatch(/^[0-9a-f-]{36}$/);
      expect(String(record['CreationTime'])).toMatch(/^2026-11-22T\d\d:\d\d:\d\d(\.\d{3})?$/);
    }
  }
});

test('records are as odd as real ones', () => {
  const all = [...bodies()].map(({ text }) => text);
  const text = all.join('\n');
  for (const oddity of [
    '18446744073709551615',
    '\u2028',
    '\\u00',
    '\\/',
    '\\ud83d.txt',
    '見積書',
    ':40231"',
    '[2001:db8::1]:443',
    '"ClientIP":null',
    '\\r\\n"',
    '"RecordType":"',
    '"UserType":"0"',
  ]) {
    expect(text.includes(oddity), oddity).toBe(true);
  }
  expect(text).not.toContain('@number:');
  const pretty = all.filter((body) => body.includes('\r\n  {'));
  expect(pretty.length).toBeGreaterThan(all.length / 100);
  expect(pretty.length).toBeLessThan(all.length / 8);
});

test('about 4 % of the Ids repeat, in a content and across two, some with properties in another order', () => {
  const seen = new Map<string, { text: string; content: number }>();
  let records = 0;
  let [inside, across, reordered] = [0, 0, 0];
  let content = 0;
  for (const { text } of bodies()) {
    content++;
    for (const record of JSON.parse(text) as { Id: string }[]) {
      records++;
      const first = seen.get(record.Id);
      if (first === undefined) {
        seen.set(record.Id, { text: JSON.stringify(record), content });
        continue;
      }
      if (first.content === content) inside++;
      else across++;
      if (first.text !== JSON.stringify(record)) reordered++;
      expect(record).toEqual(JSON.parse(first.text));
    }
  }
  expect((inside + across) / records).toBeGreaterThan(0.03);
  expect((inside + across) / records).toBeLessThan(0.05);
  expect(Math.min(inside, across, reordered)).toBeGreaterThan(5);
});

test('bodies can be derived again', () => {
  expect([...bodies()].map(({ text }) => text)).toEqual([...bodies()].map(({ text }) => text));
});

test('the finite demo brings a backlog of all types at once, a short stream, and is done', async () => {
  caller = await startCaller({ demo: 'finite', demoInterval: 1, demoContents: 5, tenants: [] });
  expect(caller.tenants.list()).toEqual(demoTenants);
  expect(caller.offered()).toMatchObject({ done: false });
  expect(caller.offered().feeds.map(({ tenantId, contentType }) => `${tenantId} ${contentType}`)).toEqual(
    feeds.map(({ tenantId, contentType }) => `${tenantId} ${contentType}`),
  );
  const backlog = contentsOf(caller);
  await until(() => caller?.offered().done ?? false);
  expect(contentsOf(caller)).toBe(backlog + 5);
});

test('the stream goes on until it is stopped', async () => {
  caller = await startCaller({ demo: 'stream', demoInterval: 1, tenants: [] });
  const backlog = contentsOf(caller);
  const running = caller;
  await until(() => contentsOf(running) >= backlog + 40);
  expect(caller.offered().done).toBe(false);
});

test('a restart offers nothing twice and has the same bytes', async () => {
  const [tenant] = demoTenants;
  const client = 'aaaaaaaa-0000-4000-8000-000000000001';
  const type = 'Audit.Exchange';
  const everything = async (from: Caller): Promise<unknown> => {
    const form = { client_id: client };
    const reply = await from.requestToken(form, `/${tenant?.domain ?? ''}/oauth2/v2.0/token`);
    const { access_token: token } = reply.json() as { access_token: string };
    const root = `${tenant?.tenantId ?? ''}/activity/feed`;
    await from.api('POST', `${root}/subscriptions/start`, { contentType: type }, token);
    const window = { startTime: '2026-11-21T12:30:00', endTime: '2026-11-22T12:30:00' };
    const listing = await from.api('GET', `${root}/subscriptions/content`, { contentType: type, ...window }, token);
    const found = listing.json() as { contentId: string }[];
    const bodiesFound = [];
    for (const { contentId } of found) {
      bodiesFound.push((await from.api('GET', `${root}/audit/${contentId}`, {}, token)).text);
    }
    return { found, bodiesFound };
  };
  const options = { demo: 'finite', demoInterval: 1, demoContents: 20, tenants: [], directory } as const;
  caller = await startCaller(options);
  caller.consent(tenant?.tenantId ?? '', client);
  const running = caller;
  await until(() => running.offered().done);
  const before = { all: await everything(caller), offered: caller.offered() };
  await caller.close();
  caller = await startCaller({ ...options, seed: 99 });
  expect(caller.offered()).toEqual(before.offered);
  expect(await everything(caller)).toEqual(before.all);
});
