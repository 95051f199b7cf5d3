import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { switchTable } from '../../../local/simulator/switch-table.ts';
import { createSwitches } from '../../../local/simulator/switches.ts';
import { clientId, errorOf, otherTenantId, publisherId, read, tenantId, useCaller } from './caller.ts';
import type { Reply } from './caller.ts';

const type = 'Audit.General';
const caller = useCaller(type);

const subscriptions = (query: Readonly<Record<string, string>> = {}): Promise<Reply> =>
  caller.api('GET', `${tenantId}/activity/feed/subscriptions/list`, query);

test('what nobody set is what the table says, and the table accepts it', () => {
  const switches = createSwitches();
  for (const [name, { schema, off, does, from }] of Object.entries(switchTable)) {
    expect(switches.get(name as keyof typeof switchTable), name).toEqual(off);
    expect(schema.safeParse(off).success, name).toBe(true);
    expect([does, from], name).not.toContain('');
  }
});

test('the setting closest to tenant and type wins', () => {
  const switches = createSwitches();
  const contentType = 'DLP.All';
  switches.set('page-size', 1);
  switches.set('page-size', 2, { contentType });
  switches.set('page-size', 3, { tenantId });
  switches.set('page-size', 4, { tenantId, contentType });
  expect(switches.get('page-size', { tenantId: tenantId.toUpperCase(), contentType })).toBe(4);
  expect(switches.get('page-size', { tenantId, contentType: 'Audit.General' })).toBe(3);
  expect(switches.get('page-size', { tenantId: otherTenantId, contentType })).toBe(2);
  expect(switches.get('page-size', { tenantId: otherTenantId })).toBe(1);
  expect(switches.settings()).toHaveLength(4);
  switches.reset('page-size', { tenantId });
  expect(switches.get('page-size', { tenantId, contentType: 'Audit.General' })).toBe(1);
  switches.reset();
  expect(switches.get('page-size', { tenantId, contentType })).toBe(200);
});

test('a switch refuses what it cannot be', () => {
  const switches = createSwitches();
  expect(() => {
    switches.setText('no-such-switch', true);
  }).toThrow('There is no switch "no-such-switch"');
  expect(() => {
    switches.setText('page-size', 0);
  }).toThrow('The switch "page-size" cannot be set to that');
  expect(() => {
    switches.setText('throttle', { afterwards: 1 });
  }).toThrow('throttle');
});

test('after n calls AF429, as 403 without Retry-After or as 429 with it', async () => {
  caller.switches.set('throttle', { after: 1, times: 2 }, { tenantId });
  expect((await subscriptions()).status).toBe(200);
  const throttled = await subscriptions();
  expect(throttled.status).toBe(403);
  expect(throttled.headers.get('retry-after')).toBeNull();
  expect(errorOf(throttled)).toEqual({
    code: 'AF429',
    message: `Too many requests. Method=ListSubscriptions, PublisherId=${publisherId}`,
  });
  caller.switches.set('throttle-answer', { status: 429, retryAfterSeconds: 7 });
  const again = await subscriptions();
  expect([again.status, again.headers.get('retry-after')]).toEqual([429, '7']);
  expect((await subscriptions()).status).toBe(200);
});

test('only the operations named are throttled', async () => {
  caller.switches.set('throttle', { operations: ['list'] });
  expect((await subscriptions()).status).toBe(200);
  expect(errorOf(await caller.list(type)).message).toContain('Method=GetContents');
});

test('quotas are by the minute: for tenant and publisher, and shared by all who name none', async () => {
  caller.clock.now += 60_000;
  caller.switches.set('quota', 2);
  caller.switches.set('shared-quota', 1);
  expect((await subscriptions()).status).toBe(200);
  expect((await subscriptions()).status).toBe(200);
  expect(errorOf(await subscriptions()).code).toBe('AF429');
  expect((await subscriptions({ PublisherIdentifier: otherTenantId })).status).toBe(200);
  expect((await subscriptions({ PublisherIdentifier: '' })).status).toBe(200);
  caller.consent(otherTenantId, clientId);
  const path = `${otherTenantId}/activity/feed/subscriptions/list`;
  const shared = await caller.api('GET', path, { PublisherIdentifier: '' }, await caller.token(otherTenantId));
  expect(errorOf(shared).message).toContain('PublisherId=00000000-0000-0000-0000-000000000000');
  caller.clock.now += 60_000;
  expect((await subscriptions()).status).toBe(200);
});

test('while the audit log is off, an exception leaks into the envelope', async () => {
  caller.switches.set('audit-off', true, { tenantId });
  for (const reply of [await caller.start('Audit.Exchange'), await caller.list(type)]) {
    const { code, message } = errorOf(reply);
    expect(reply.status).toBe(400);
    expect(code).toMatch(/^\w+ \[CorrId=[0-9a-f-]{36}\]\[TenantId=.*\]\[AppId$/);
    expect(message).toMatch(
      new RegExp(`^${clientId.slice(1)}\\] failed\\. Exception: .*: Tenant ${tenantId} does not exist\\.\r\n   at `),
    );
  }
  caller.switches.set('audit-off', false, { tenantId });
  expect((await caller.start('Audit.Exchange')).status).toBe(200);
});

test('a disabled subscription stays disabled, start or not', async () => {
  caller.switches.set('subscription-disabled', true, { contentType: type });
  expect((await subscriptions()).json()).toMatchObject([{ contentType: type, status: 'disabled' }]);
  expect(errorOf(await caller.list(type))).toEqual({ code: 'AF20023', message: 'The subscription was disabled.' });
  caller.switches.set('start-throttle', 0);
  expect((await caller.start(type)).json()).toMatchObject({ status: 'disabled' });
  expect(errorOf(await caller.list(type)).code).toBe('AF20023');
});

test('internal errors and one 401, for as many calls as were asked', async () => {
  caller.switches.set('internal-error', { times: 1, operations: ['subscriptions'] });
  const failed = await subscriptions();
  expect([failed.status, errorOf(failed).code]).toEqual([500, 'AF50000']);
  expect((await subscriptions()).status).toBe(200);
  caller.switches.set('unauthorized', {}, { tenantId });
  expect((await subscriptions()).text).toContain('Authorization has been denied');
  expect((await subscriptions()).status).toBe(200);
});

test('a fetch is of the content type that its content has', async () => {
  const { id } = caller.offer(tenantId, type, { records: [] });
  caller.switches.set('internal-error', {}, { contentType: type });
  expect((await subscriptions()).status).toBe(200);
  expect((await caller.api('GET', `${tenantId}/activity/feed/audit/${id}`)).status).toBe(500);
});

test('a call may never be answered, and closing ends it', async () => {
  caller.switches.set('hanging', { times: 1 });
  const hanging = subscriptions();
  const arrived = new Promise<void>((resolve) => {
    const look = () => {
      const seen = caller.requests().some(({ operation, status }) => operation === 'subscriptions' && status === 0);
      if (seen) resolve();
      else setImmediate(look);
    };
    look();
  });
  await arrived;
  expect((await subscriptions()).status).toBe(200);
  await caller.close();
  await expect(hanging).rejects.toThrow();
});

test('latency delays the answer, and closing does not wait for it', async () => {
  caller.switches.set('latency-ms', 40);
  const before = performance.now();
  await subscriptions();
  expect(performance.now() - before).toBeGreaterThanOrEqual(39);
  caller.switches.set('latency-ms', 600_000);
  const token = await caller.token();
  const slow = caller.api('GET', `${tenantId}/activity/feed/subscriptions/list`, {}, token).catch(() => 'ended');
  await caller.close();
  await slow;
});

test('the Date header may be off', async () => {
  caller.switches.set('date-skew', -3600);
  expect((await subscriptions()).headers.get('date')).toBe('Sun, 22 Nov 2026 11:00:00 GMT');
});

test.each([
  ['lower', 'www-authenticate'],
  ['upper', 'WWW-AUTHENTICATE'],
  ['capitalized', 'Www-authenticate'],
] as const)('header names may be in another letter case: %s', async (letterCase, name) => {
  const rawHead = async () => {
    const socket = connect(Number(new URL(caller.managementUrl).port), '127.0.0.1');
    socket.write(`GET /api/v1.0/${tenantId}/activity/feed/subscriptions/list HTTP/1.1\r\nHost: x\r\n\r\n`);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return chunk.toString();
  };
  expect(await rawHead()).toContain('WWW-Authenticate: Bearer');
  caller.switches.set('header-names', letterCase);
  expect(await rawHead()).toContain(`${name}: Bearer`);
});

test('requests are counted by operation, tenant and status', async () => {
  caller.clearRequests();
  await subscriptions();
  await caller.list(type);
  await read(await fetch(`${caller.loginUrl}/nowhere`));
  expect(caller.requests()).toEqual([
    { operation: 'token', tenantId, status: 200, count: 2 },
    { operation: 'subscriptions', tenantId, status: 200, count: 1 },
    { operation: 'list', tenantId, status: 200, count: 1 },
    { operation: 'other', tenantId: '', status: 404, count: 1 },
  ]);
});
