import { expect, test } from 'vitest';
import { splitMembers } from '../../../local/simulator/split-json.ts';
import { errorOf, hour, noon, read, tenantId, useCaller } from './caller.ts';

const type = 'Audit.SharePoint';
const record = (id: string): string => `{"Id":"${id}","Big":12345678901234567890,"Text":"a,}\\"æ","List":[1,{"a":2}]}`;
const caller = useCaller(type);

const offer = (ids: readonly string[], created = noon - 1) =>
  `${caller.managementUrl}/api/v1.0/${tenantId}/activity/feed/audit/${caller.offer(tenantId, type, { records: ids.map(record) }, { created }).id}`;
const fetched = async (uri: string) => await read(await caller.fetch(uri));

test('text of JSON is split at its own commas only', () => {
  expect(splitMembers(` [${record('1')} , ${record('2')}] `)).toEqual([record('1'), record('2')]);
  expect(splitMembers(record('1'))).toEqual([
    '"Id":"1"',
    '"Big":12345678901234567890',
    '"Text":"a,}\\"æ"',
    '"List":[1,{"a":2}]',
  ]);
  expect(splitMembers('[ ]')).toEqual([]);
});

test('a record may come twice in one content, or again in the next one', async () => {
  const first = offer(['1', '2']);
  const second = offer(['3']);
  caller.switches.set('repeated-records', 'same');
  expect((await fetched(first)).text).toBe(`[${record('1')},${record('2')},${record('1')}]`);
  caller.switches.set('repeated-records', 'next');
  expect((await fetched(first)).text).toBe(`[${record('1')},${record('2')}]`);
  expect((await fetched(second)).text).toBe(`[${record('2')},${record('3')}]`);
});

test('properties come in another order each time, with the same bytes', async () => {
  const uri = offer(['1']);
  caller.switches.set('reordered-properties', true);
  const [one, other] = [(await fetched(uri)).text, (await fetched(uri)).text];
  expect(one).not.toBe(other);
  for (const text of [one, other]) {
    expect(JSON.parse(text)).toEqual([JSON.parse(record('1'))]);
    expect(splitMembers(text.slice(1, -1)).sort()).toEqual(splitMembers(record('1')).sort());
  }
});

test('what is no array stays as it is', async () => {
  caller.switches.set('reordered-properties', true);
  const { id } = caller.offer(tenantId, type, { body: '{"Id":"1","A":1}' });
  const uri = `${caller.managementUrl}/api/v1.0/${tenantId}/activity/feed/audit/${id}`;
  expect((await fetched(uri)).text).toBe('{"Id":"1","A":1}');
});

test('only the first content of each hour may be refused', async () => {
  const contents = [noon - 2 * hour, noon - hour, noon - hour + 1].map((created) => offer(['1'], created));
  caller.switches.set('content-status', { status: 400, times: null, only: 'head' });
  const statuses = await Promise.all(contents.map(async (uri) => (await fetched(uri)).status));
  expect(statuses).toEqual([400, 400, 200]);
});

test('a content may be refused with any code, or bare', async () => {
  const uri = offer(['1']);
  caller.switches.set('content-status', { status: 400 });
  expect(errorOf(await fetched(uri)).code).toBe('AF20052');
  caller.switches.set('content-status', { status: 400, code: 'AF20051' });
  expect(errorOf(await fetched(uri)).code).toBe('AF20051');
  caller.switches.set('content-status', { status: 408 });
  const bare = await fetched(uri);
  expect([bare.status, bare.text]).toEqual([408, '']);
});

test('a body may stop half-way without an end', async () => {
  const uri = offer(['1', '2']);
  caller.switches.set('truncated-body', { how: 'stall' });
  const response = await caller.fetch(uri);
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect(value?.byteLength).toBe(Math.floor(Number(response.headers.get('content-length')) / 2));
  await reader?.cancel();
  expect(JSON.parse((await fetched(uri)).text)).toHaveLength(2);
});
