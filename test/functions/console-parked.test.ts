import { afterAll, beforeAll, expect, it } from 'vitest';

import { consoleParked } from '../../functions/console-parked.ts';
import { hourMs, hourOf } from '../../shared/activity-api/hours.ts';
import { sha256 } from '../../shared/hash.ts';
import { contoso, fabrikam, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';
import { activeTenant } from '../support/test-pipeline.ts';
import { type ConsoleOperator, signedIn } from './console-operator.ts';
import { parkedRow, putIntoLedger } from './parked-rows.ts';

const path = '/console/parked';
const now = Date.now();
const evil = `"'><script>alert(1)</script>`;
const gone = '77777777-2222-3333-4444-555555555555';

let environment: RelayEnvironment;
let operator: ConsoleOperator;
let reader: ConsoleOperator;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  operator = await signedIn(environment, 'Operator');
  reader = await signedIn(environment, 'Reader');
});
afterAll(() => environment.close());

const open = (query = '', who = operator) => who.open(consoleParked, `${path}${query}`);
const send = (fields: Record<string, string>, who = operator) => who.send(consoleParked, path, fields);
const notice = async (fields: Record<string, string>): Promise<string> => {
  const answer = await send(fields);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, path]);
  return (
    /<p class="notice" role="status">(.*?)<\/p>/.exec((await operator.follow(answer, consoleParked)).text)?.[1] ?? ''
  );
};

it('says that nothing is parked', async () => {
  const { status, text } = await open();
  expect(status).toBe(200);
  expect(text).toContain('Nothing is parked.');
});

it('groups what is parked by customer and reason, escaped', async () => {
  await environment.tenants.insert(activeTenant({ tenantId: contoso.tenantId, name: `Contoso ${evil}` }));
  await environment.tenants.insert(activeTenant({ tenantId: fabrikam.tenantId, name: 'Fabrikam' }));
  const put = (tenantId: string, contentType: 'DLP.All' | 'Audit.General', ids: string[], reason: string, at = now) =>
    putIntoLedger(
      environment.tables,
      { tenantId, contentType },
      hourOf(at),
      ids.map((id) => parkedRow(id, now, { reason })),
    );
  await put(contoso.tenantId, 'DLP.All', ['a', 'b'], evil);
  await put(contoso.tenantId, 'DLP.All', ['c'], 'It is broken.', now - hourMs);
  await put(fabrikam.tenantId, 'Audit.General', ['d', 'e', 'f'], 'It is broken.');
  await put(gone, 'Audit.General', ['g'], 'It is broken.');
  const { text } = await open();
  expect(text).not.toContain('<script');
  expect(text).toMatch(/Contoso &quot;.*?2 contents.*1 content<.*Fabrikam.*3 contents.*Off-boarded tenant/s);
  expect(text).toContain(`href="/console/tenants/${fabrikam.tenantId}#parked"`);
  // Two customers and their three groups; who has left has nothing to press.
  expect(text.match(/name="group"/g)).toHaveLength(5);
});

it('shows a Reader the same, with nothing to press', async () => {
  const { text } = await open('', reader);
  expect(text).toContain('3 contents');
  expect(text).not.toContain('name="group"');
  const answer = await send({ tenantId: fabrikam.tenantId }, reader);
  expect(answer.status).toBe(403);
  expect((await open()).text).toContain('3 contents');
});

it('replays a group, then a type, then a customer', async () => {
  const { tenantId } = contoso;
  const group = sha256(evil).slice(0, 16);
  expect(await notice({ tenantId, contentType: 'DLP.All', group })).toBe(
    'What was parked of 2 contents is queued again.',
  );
  expect((await open()).text).not.toContain('2 contents');
  expect(await notice({ tenantId, contentType: 'DLP.All', group })).toMatch(/^Nothing was replayed/);
  expect(await notice({ tenantId, contentType: 'Audit.General', group: '' })).toMatch(/^Nothing was replayed/);
  expect(await notice({ tenantId })).toBe('What was parked of 1 content is queued again.');
  expect(await notice({ tenantId: fabrikam.tenantId.toUpperCase() })).toContain('3 contents');
  expect((await open()).text).toContain('Off-boarded tenant');
});

it.each<[string, Record<string, string>]>([
  ['no tenant', {}],
  ['a tenant that is no GUID', { tenantId: 'contoso.example' }],
  ['a content type that is none', { tenantId: contoso.tenantId, contentType: evil }],
  ['a group that is none', { tenantId: contoso.tenantId, group: evil }],
])('refuses %s', async (_, fields) => {
  const { status, text } = await send(fields);
  expect(status).toBe(400);
  expect(text).toContain('use the buttons of the page.');
  expect(text).not.toContain('<script');
});

it('does not know a tenant that was not added', async () => {
  expect((await send({ tenantId: '88888888-2222-3333-4444-555555555555' })).status).toBe(404);
});

it.each(['0', '-1', '1.5', 'two', '', '9'.repeat(50), evil])('refuses the page %j', async (page) => {
  const { status, text } = await open(`?${new URLSearchParams({ page }).toString()}`);
  expect(status).toBe(400);
  expect(text).toContain('is not the number of a page');
  expect(text).not.toContain('<script');
});

it('shows the last page to who asks for one that is gone', async () => {
  expect((await open('?page=99')).text).toContain('page 1 of 1');
});
