import { expect, test } from 'vitest';
import { clientId, errorOf, otherTenantId, tenantId, useCaller } from './caller.ts';
import type { Reply } from './caller.ts';

const type = 'Audit.General';
const caller = useCaller(type);

const subscriptions = (tenant = tenantId, token?: string): Promise<Reply> =>
  caller.api('GET', `${tenant}/activity/feed/subscriptions/list`, {}, token);

test('a call may be refused with any code and status, 200 too, as often and for what was asked', async () => {
  caller.switches.set('refusal', { code: 'AF20012', times: 1 });
  const refused = await subscriptions();
  expect([refused.status, errorOf(refused)]).toEqual([400, { code: 'AF20012', message: 'The call was refused.' }]);
  expect((await subscriptions()).status).toBe(200);
  caller.switches.set('refusal', { status: 200, code: 'AF50000', message: 'Later.', operations: ['list'] });
  expect((await subscriptions()).json()).toHaveLength(1);
  const listed = await caller.list(type);
  expect([listed.status, errorOf(listed)]).toEqual([200, { code: 'AF50000', message: 'Later.' }]);
});

test('a role may be refused for one content type alone, though the token has it', async () => {
  caller.switches.set('refusal', { status: 401, code: 'AF10001' }, { contentType: 'DLP.All' });
  expect(errorOf(await caller.start('DLP.All')).code).toBe('AF10001');
  expect((await caller.list(type)).status).toBe(200);
});

test('internal errors have siblings', async () => {
  caller.switches.set('internal-error', { code: 'AF50006' });
  expect(errorOf(await subscriptions()).code).toBe('AF50006');
});

test.each([
  [{ status: 503 }, 503, 'text/html', '<!DOCTYPE html>'],
  [{ status: 200 }, 200, 'text/html', '<!DOCTYPE html>'],
  [{ status: 500, body: 'message' }, 500, 'application/json; charset=utf-8', '{"Message":"An error has occurred."}'],
] as const)('an answer may be none of the API: %j', async (value, status, contentType, text) => {
  caller.switches.set('broken-answer', { ...value, times: 1 });
  const reply = await subscriptions();
  expect([reply.status, reply.headers.get('content-type')]).toEqual([status, contentType]);
  expect(reply.text).toContain(text);
  expect((await subscriptions()).json()).toHaveLength(1);
});

test('an answer may be bare', async () => {
  caller.switches.set('broken-answer', { status: 408, body: 'empty' });
  const reply = await subscriptions();
  expect([reply.status, reply.text, reply.headers.get('content-length')]).toEqual([408, '', '0']);
});

test('the connection may break without an answer', async () => {
  caller.switches.set('broken-connection', { times: 1 });
  await expect(subscriptions()).rejects.toThrow('fetch failed');
  expect((await subscriptions()).status).toBe(200);
});

test('a call may be sent elsewhere', async () => {
  caller.switches.set('redirect', { to: 'https://elsewhere.example' });
  const authorization = `Bearer ${await caller.token()}`;
  const url = `${caller.managementUrl}/api/v1.0/${tenantId}/activity/feed/subscriptions/list`;
  const response = await fetch(url, { headers: { authorization }, redirect: 'manual' });
  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toBe(
    `https://elsewhere.example/api/v1.0/${tenantId}/activity/feed/subscriptions/list`,
  );
});

test.each([
  [{ retryAfterSeconds: 90, asDate: true }, 'Sun, 22 Nov 2026 12:01:30 GMT'],
  [{ retryAfterSeconds: -5 }, '-5'],
  [{ retryAfterText: 'soon' }, 'soon'],
])('Retry-After may be a date or nonsense: %j', async (value, expected) => {
  caller.switches.set('throttle', {});
  caller.switches.set('throttle-answer', { status: 429, ...value });
  expect((await subscriptions()).headers.get('retry-after')).toBe(expected);
});

test('good answers may have another Content-Type, or none', async () => {
  caller.switches.set('wrong-content-type', 'text/plain');
  expect((await subscriptions()).headers.get('content-type')).toBe('text/plain');
  caller.switches.set('wrong-content-type', '');
  expect((await subscriptions()).headers.get('content-type')).toBeNull();
});

test('the path may name another tenant, except for contents', async () => {
  const { id } = caller.offer(tenantId, type, { records: [] });
  const token = await caller.token();
  expect(errorOf(await subscriptions(otherTenantId, token)).code).toBe('AF20010');
  caller.switches.set('tenant-in-path', 'lenient', { tenantId });
  expect((await subscriptions(clientId, token)).json()).toMatchObject([{ contentType: type }]);
  const content = await caller.api('GET', `${clientId}/activity/feed/audit/${id}`, {}, token);
  expect(errorOf(content).code).toBe('AF20052');
});

test('the audit log that is off had other words for it once', async () => {
  caller.switches.set('audit-off', 'old-text');
  const { code, message } = errorOf(await caller.list(type));
  expect(code).toMatch(/^GetAvailableContent \[TenantId=.*\] failed\. Exception$/);
  expect(message).toMatch(new RegExp(`DataServiceException: Tenant ${tenantId} does not exist\\.\r\n   at `));
});

test('a token may be refused with any code', async () => {
  caller.switches.set('token-refused', { code: 5000224, times: 1 });
  const refused = await caller.requestToken();
  expect(refused.status).toBe(400);
  expect(refused.json()).toMatchObject({ error: 'invalid_request', error_codes: [5000224] });
  expect((await caller.requestToken()).status).toBe(200);
});
