import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { errorOf, listed, noon, otherTenantId, publisherId, read, tenantId, useCaller } from './caller.ts';

const type = 'Audit.SharePoint';
const records = [
  `{ "Id":"1", "Size":18446744073709551615,"Text":"\\ud83d \\/ \u2028 æ", "OrganizationId":"${tenantId}" }`,
  `{"Id":"2","OrganizationId":"${tenantId}"}`,
];
const whole = `[${records.join(',')}]`;

const caller = useCaller(type);

const uriOf = async (): Promise<string> => listed(await caller.list(type))[0]?.contentUri ?? '';
const audit = (contentId: string, tenant = tenantId) =>
  `${caller.managementUrl}/api/v1.0/${tenant}/activity/feed/audit/${contentId}`;

test('a content is the records as they were offered', async () => {
  caller.offer(tenantId, type, { records });
  const reply = await read(await caller.fetch(await uriOf()));
  expect(reply.text).toBe(whole);
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(reply.headers.get('content-length')).toBe(String(Buffer.byteLength(whole)));
});

test('a body goes out as it is, and records that are no text are printed', async () => {
  const given = caller.offer(tenantId, type, { body: '[ {"Id":"1"},\n{} ]' });
  expect(given.records).toBe(2);
  expect(await (await caller.fetch(audit(given.id))).text()).toBe('[ {"Id":"1"},\n{} ]');
  const printed = caller.offer(tenantId, type, { records: [{ Id: 'x' }] });
  expect(await (await caller.fetch(audit(printed.id))).text()).toBe('[{"Id":"x"}]');
  expect(caller.offer(tenantId, type, { body: '<html>' }).records).toBe(0);
});

test('unknown, expired, malformed and foreign contents have codes of their own', async () => {
  const { id } = caller.offer(tenantId, type, { records }, { expires: noon + 1000 });
  const foreign = caller.offer(otherTenantId, type, { records });
  const unknown = id.replace(/^\d{4}/, '1999');
  const of = async (contentId: string) => {
    const reply = await read(await caller.fetch(audit(contentId)));
    return [reply.status, errorOf(reply).code, errorOf(reply).message];
  };
  expect(await of(unknown)).toEqual([404, 'AF20050', `The specified content (${unknown}) does not exist.`]);
  expect(await of('nonsense')).toEqual([400, 'AF20052', 'Blob key nonsense in the url is invalid']);
  expect(await of(foreign.id)).toEqual([400, 'AF20052', `Blob key ${foreign.id} in the url is invalid`]);
  caller.clock.now += 1000;
  expect(await of(id)).toEqual([
    400,
    'AF20051',
    `Content requested with the key ${id} has already expired. Content older than 7 days cannot be retrieved.`,
  ]);
});

test('nothing can be fetched without a subscription', async () => {
  const { id } = caller.offer(tenantId, 'Audit.General', { records });
  expect(errorOf(await read(await caller.fetch(audit(id)))).code).toBe('AF20022');
});

test('the same contentId cannot be offered twice, nor by an unknown tenant', () => {
  caller.offer(tenantId, type, { records }, { contentId: 'mine' });
  expect(() => caller.offer(tenantId, type, { records }, { contentId: 'mine' })).toThrow(
    'There is a content mine already',
  );
  expect(() => caller.offer('nobody.example', type, { records })).toThrow('There is no tenant nobody.example');
});

test('the first fetches of each content fail as switched', async () => {
  const first = audit(caller.offer(tenantId, type, { records }).id);
  const second = audit(caller.offer(tenantId, type, { records }).id);
  const fetched = async (uri: string) => await read(await caller.fetch(uri));
  caller.switches.set('content-status', { status: 404 });
  expect(errorOf(await fetched(first)).code).toBe('AF20050');
  caller.switches.set('content-status', { status: 500, times: 2 });
  expect((await fetched(first)).text).toBe('{"Message":"An error has occurred."}');
  expect((await fetched(first)).status).toBe(500);
  expect((await fetched(first)).text).toBe(whole);
  expect((await fetched(second)).status).toBe(500);
  caller.switches.set('content-status', { status: 503 });
  const unavailable = await fetched(first);
  expect([unavailable.status, unavailable.headers.get('content-type')]).toEqual([503, 'text/html']);
  caller.switches.set('content-status', { status: 404, html: true, times: null });
  expect((await fetched(first)).text).toContain('<!DOCTYPE html>');
  expect((await fetched(first)).status).toBe(404);
  caller.switches.reset('content-status');
  expect((await fetched(first)).text).toBe(whole);
});

test('a body may end half-way as if it were whole', async () => {
  const uri = audit(caller.offer(tenantId, type, { records }).id);
  caller.switches.set('truncated-body', { how: 'clean' }, { contentType: type });
  const half = Buffer.from(whole).subarray(0, Math.floor(Buffer.byteLength(whole) / 2));
  expect(Buffer.from(await (await caller.fetch(uri)).arrayBuffer())).toEqual(half);
  expect(await (await caller.fetch(uri)).text()).toBe(whole);
});

test('a body may be reset half-way', async () => {
  const uri = audit(caller.offer(tenantId, type, { records }).id);
  caller.switches.set('truncated-body', { how: 'reset' });
  const response = await caller.fetch(uri);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  expect(await (await caller.fetch(uri)).text()).toBe(whole);
});

test('a body may be no JSON, from the start or at the end', async () => {
  const uri = audit(caller.offer(tenantId, type, { records }).id);
  caller.switches.set('invalid-json', {});
  expect(await (await caller.fetch(uri)).text()).toBe(`[}${whole}`);
  caller.switches.set('invalid-json', { where: 'end' });
  expect(await (await caller.fetch(uri)).text()).toBe(`${whole}}`);
  expect(await (await caller.fetch(uri)).text()).toBe(whole);
});

test('a body may be spread over lines, without a change inside text and numbers', async () => {
  const uri = audit(caller.offer(tenantId, type, { records }).id);
  caller.switches.set('pretty-printed', true);
  const text = await (await caller.fetch(uri)).text();
  expect(text.split('\r\n').length).toBeGreaterThan(8);
  expect(text).toContain('18446744073709551615');
  expect(text).toContain('"\\ud83d \\/ \u2028 æ"');
  expect(JSON.parse(text)).toEqual(JSON.parse(whole));
});

test('a content of one record may be the record itself, as octet-stream', async () => {
  caller.switches.set('body-object', true);
  caller.switches.set('wrong-content-type', 'application/octet-stream');
  const one = audit(caller.offer(tenantId, type, { records: records.slice(1) }).id);
  const two = audit(caller.offer(tenantId, type, { records }).id);
  const reply = await read(await caller.fetch(one));
  expect(reply.text).toBe(records[1]);
  expect(reply.headers.get('content-type')).toBe('application/octet-stream');
  expect(await (await caller.fetch(two)).text()).toBe(whole);
});

test('the first record may name another tenant', async () => {
  caller.switches.set('foreign-organization-id', true);
  const ids = async (uri: string) => (await (await caller.fetch(uri)).json()) as { OrganizationId: string }[];
  const [first, second] = await ids(audit(caller.offer(tenantId, type, { records }).id));
  expect(first?.OrganizationId).toMatch(/^[0-9a-f-]{36}$/);
  expect(first?.OrganizationId).not.toBe(tenantId);
  expect(second?.OrganizationId).toBe(tenantId);
  const generated = caller.offer(tenantId, type, { generate: { records: 2, bytesPerRecord: 400 } });
  expect((await ids(audit(generated.id)))[0]?.OrganizationId).not.toBe(tenantId);
});

test('generated records have the length and number asked for, and Ids of their own', async () => {
  const content = caller.offer(tenantId, type, { generate: { records: 3000, bytesPerRecord: 500 } });
  const response = await caller.fetch(audit(content.id));
  expect(response.headers.get('content-length')).toBe(String(3000 * 501 + 1));
  const text = await response.text();
  const parsed = JSON.parse(text) as { Id: string; OrganizationId: string }[];
  expect(text).toHaveLength(3000 * 501 + 1);
  expect(new Set(parsed.map(({ Id }) => Id)).size).toBe(3000);
  expect(parsed[2999]).toMatchObject({ OrganizationId: tenantId });
  const none = caller.offer(tenantId, type, { generate: { records: 0, bytesPerRecord: 500 } });
  expect(await (await caller.fetch(audit(none.id))).text()).toBe('[]');
  expect(() => caller.offer(tenantId, type, { generate: { records: 1, bytesPerRecord: 10 } })).toThrow('at least');
});

test('a content of 200 MB arrives whole', async () => {
  const bytes = 200_000 * 1001 + 1;
  const content = caller.offer(tenantId, type, { generate: { records: 200_000, bytesPerRecord: 1000 } });
  const headers = { authorization: `Bearer ${await caller.token()}` };
  const sent = get(`${audit(content.id)}?PublisherIdentifier=${publisherId}`, { headers });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let read = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) read += chunk.byteLength;
  expect(read).toBe(bytes);
});
