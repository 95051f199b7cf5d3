import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { consoleTenantOffBoard } from '../../functions/console-tenant-off-board.ts';
import { createHistoryStore } from '../../shared/state/history.ts';
import type { Tenant } from '../../shared/state/tenants.ts';
import {
  clientId,
  contoso,
  fabrikam,
  type RelayEnvironment,
  startRelayEnvironment,
} from '../support/relay-environment.ts';
import { activeTenant } from '../support/test-pipeline.ts';
import { type ConsoleOperator, operatorName, signedIn } from './console-operator.ts';

const { tenantId } = contoso;
const params = { tenantId };
const path = `/console/tenants/${tenantId}/off-board`;
const name = `O'Neill & <b>Söhne</b>  GmbH`;

let environment: RelayEnvironment;
let operator: ConsoleOperator;
let reader: ConsoleOperator;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  operator = await signedIn(environment, 'Operator');
  reader = await signedIn(environment, 'Reader');
});
afterAll(() => environment.close());
beforeEach(() => tenantIs({}));

async function tenantIs(change: Partial<Tenant>): Promise<void> {
  const stored = await environment.tenants.get(tenantId);
  const tenant = activeTenant({ name, ...change });
  await (stored ? environment.tenants.replace(tenant, stored.etag) : environment.tenants.insert(tenant));
}

const tenant = async (): Promise<Tenant | undefined> => (await environment.tenants.get(tenantId))?.value;
const open = (who = operator) => who.open(consoleTenantOffBoard, path, params);
const send = (fields: Record<string, string>, who = operator) => who.send(consoleTenantOffBoard, path, fields, params);

it('says what comes of it, and how the customer takes the permissions back', async () => {
  const { status, text } = await open();
  expect(status).toBe(200);
  expect(text).toMatch(/Enterprise apps, look for the application ID <code>/);
  expect(text).toContain(clientId);
  expect(text).toContain('O&#39;Neill &amp; &lt;b&gt;Söhne&lt;/b&gt;  GmbH');
  expect(text).toMatch(/id="drain"[^>]*checked/);
  expect(text).not.toMatch(/id="drop"[^>]*checked/);
});

it.each([
  ['drain', name],
  ['drop', `  o'neill & <B>söhne</b> gmbh `],
] as const)('off-boards with %s when the name is typed, and the history says who did', async (queue, typed) => {
  await createHistoryStore(environment.tables).removeTenant(tenantId);
  const answer = await send({ queue, name: typed });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/console']);
  expect(await tenant()).toMatchObject({ state: 'leaving', leaving: queue });
  const entries = await createHistoryStore(environment.tables).ofTenant(tenantId, 10);
  expect(entries).toMatchObject([{ what: expect.stringContaining('Off-boarding began') as string, by: operatorName }]);
});

it.each<[string, Record<string, string>, RegExp]>([
  ['another name', { queue: 'drop', name: 'Fabrikam' }, /This is not the customer name/],
  ['no name', { queue: 'drain' }, /This is not the customer name/],
  ['a long name', { queue: 'drain', name: 'x'.repeat(50_000) }, /This is not the customer name/],
  ['script', { queue: 'drain', name: '"><script>alert(1)</script>' }, /This is not the customer name/],
  ['no choice', { name }, /Choose whether what is queued/],
  ['a choice that is none', { name, queue: 'keep' }, /Choose whether what is queued/],
])('refuses %s, with the form still filled in', async (_, fields, words) => {
  const { status, text } = await send(fields);
  expect(status).toBe(400);
  expect(text).toMatch(words);
  expect(text).not.toContain('<script');
  expect(/id="drop"[^>]*checked/.exec(text) !== null).toBe(fields['queue'] === 'drop');
  if (fields['name'] === 'Fabrikam') expect(text).toContain('value="Fabrikam"');
  expect((await tenant())?.state).toBe('active');
});

it('refuses more than a form can be', async () => {
  const answer = await send({ queue: 'drain', name: 'x'.repeat(70_000) });
  expect(answer.status).toBe(413);
});

it('offers who leaves already only to drop the rest', async () => {
  await tenantIs({ state: 'leaving', leaving: 'drain' });
  const { text } = await open();
  expect(text).toContain('It is leaving already.');
  expect(text).not.toContain('type="radio"');
  expect((await send({ queue: 'drop', name })).status).toBe(303);
  expect(await tenant()).toMatchObject({ state: 'leaving', leaving: 'drop' });
  expect((await send({ queue: 'drain', name })).status).toBe(409);
});

it('is nothing for Readers', async () => {
  expect((await open(reader)).status).toBe(403);
  expect(
    (await operator.send(consoleTenantOffBoard, path, { csrf: 'guessed', queue: 'drop', name }, params)).status,
  ).toBe(403);
  expect((await tenant())?.state).toBe('active');
});

it('does not know a tenant that was not added', async () => {
  const answer = await operator.open(consoleTenantOffBoard, path, { tenantId: fabrikam.tenantId });
  expect(answer.status).toBe(404);
});
