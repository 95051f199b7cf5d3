import { afterAll, beforeAll, expect, it } from 'vitest';

import { apiParked } from '../../functions/api-parked.ts';
import { apiParkedReplay } from '../../functions/api-parked-replay.ts';
import { apiTenants } from '../../functions/api-tenants.ts';
import { forwardContent } from '../../functions/forward-content.ts';
import { parkedContent } from '../../functions/parked-content.ts';
import { hourOf } from '../../shared/activity-api/hours.ts';
import type { LedgerContent } from '../../shared/state/ledger-row.ts';
import { call, newContext, postJson, refusalOf } from '../support/call-function.ts';
import { contoso, fabrikam, type RelayEnvironment, startRelayEnvironment } from '../support/relay-environment.ts';
import { parkedRow as parkedNow, putIntoLedger } from './parked-rows.ts';

const feed = { tenantId: contoso.tenantId, contentType: 'Audit.Exchange' } as const;
const now = Date.now();
const hour = hourOf(now);

let environment: RelayEnvironment;
beforeAll(async () => {
  environment = await startRelayEnvironment();
  await postJson(apiTenants, '/api/tenants', { name: 'Contoso', tenant: contoso.tenantId });
});
afterAll(() => environment.close());

const parkedRow = (id: string, change?: Partial<LedgerContent>): LedgerContent => parkedNow(id, now, change);
const park = (...contents: LedgerContent[]): Promise<void> => putIntoLedger(environment.tables, feed, hour, contents);

const list = async () => ((await call(apiParked, { path: '/api/parked' })).body as { parked: unknown[] }).parked;
const replay = (body: unknown) => postJson(apiParkedReplay, '/api/parked/replay', body);
const queued = async () => {
  const client = environment.clients.queues.getQueueClient('content');
  const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
  for (const { messageId, popReceipt } of receivedMessageItems) await client.deleteMessage(messageId, popReceipt);
  return receivedMessageItems.map(({ messageText }) => JSON.parse(messageText) as { contents: { id: string }[] });
};

it('shows nothing when nothing is parked', async () => {
  const answer = await call(apiParked, { path: '/api/parked' });
  expect([answer.status, answer.body]).toEqual([200, { parked: [] }]);
});

it('shows a parked content to the last field', async () => {
  await park(parkedRow('one'), parkedRow('delivered', { state: 'delivered', owed: [] }));
  expect(await list()).toEqual([
    {
      tenantId: contoso.tenantId,
      contentType: 'Audit.Exchange',
      contentId: 'one',
      reason: 'The content cannot be cut into records.',
      failures: 5,
      firstSeen: new Date(now - 500).toISOString(),
      lastError: 'It ends in the middle of a record.',
      replayableUntil: new Date(now + 3_600_000).toISOString(),
    },
  ]);
});

it('shows what is parked of one tenant, and refuses what names none', async () => {
  const of = (tenantId: string) =>
    call(apiParked, { path: `/api/parked?${new URLSearchParams({ tenantId }).toString()}` });
  expect((await of(contoso.tenantId.toUpperCase())).body).toMatchObject({ parked: [{ contentId: 'one' }] });
  expect((await of(fabrikam.tenantId)).body).toEqual({ parked: [] });
  for (const wrong of ['', 'contoso.example', `${contoso.tenantId}x`]) {
    const answer = await of(wrong);
    expect([answer.status, refusalOf(answer).code]).toEqual([400, 'invalid_tenant']);
  }
});

it('replays by content, by feed and all, but nothing that is out of time', async () => {
  await park(parkedRow('two'), parkedRow('three'), parkedRow('gone', { expires: now - 1 }));
  expect((await replay({ contentIds: ['nothing'] })).body).toEqual({ replayed: 0 });
  expect((await replay({ tenantId: contoso.tenantId, contentType: 'Audit.General' })).body).toEqual({ replayed: 0 });
  expect((await replay({ tenantId: contoso.tenantId.toUpperCase(), contentIds: ['two'] })).body).toEqual({
    replayed: 1,
  });
  expect((await queued()).flatMap(({ contents }) => contents.map(({ id }) => id))).toEqual(['two']);
  const answer = await replay({});
  expect([answer.status, answer.body]).toEqual([200, { replayed: 2 }]);
  expect((await queued()).flatMap(({ contents }) => contents.map(({ id }) => id)).toSorted()).toEqual(['one', 'three']);
  expect((await list()).map((entry) => (entry as { contentId: string }).contentId)).toEqual(['gone']);
});

it.each([
  ['a tenant of another type', { tenantId: 7 }],
  ['a tenant that is no GUID', { tenantId: 'contoso.example' }],
  ['a content type that is none', { contentType: 'Audit.Everything' }],
  ['content ids that are no list', { contentIds: 'one' }],
  ['a content id that is no text', { contentIds: [1] }],
  ['too many content ids', { contentIds: Array.from({ length: 1001 }, (_, index) => `${index}`) }],
  ['a misspelt filter', { tenant: contoso.tenantId }],
  ['a list', []],
  ['null', null],
])('replays nothing for %s', async (_, body) => {
  const answer = await replay(body);
  expect(answer.status).toBe(400);
  expect(refusalOf(answer).code).toBe('invalid_body');
});

it('says what is wrong with a content id that is empty', async () => {
  expect(refusalOf(await replay({ contentIds: [''] })).message).toContain('must not be empty');
});

it('does not repeat a long name that is none', async () => {
  const answer = await replay({ ['x'.repeat(1000)]: 1 });
  expect(answer.status).toBe(400);
  expect(refusalOf(answer).message.length).toBeLessThan(200);
});

it('replays nothing for a tenant that is not there', async () => {
  const answer = await replay({ tenantId: '99999999-2222-3333-4444-555555555555' });
  expect(answer.status).toBe(404);
  expect(refusalOf(answer).code).toBe('tenant_not_found');
});

it.each([
  ['forward-content', forwardContent, 'no json at all'],
  ['forward-content', forwardContent, { v: 1, tenantId: contoso.tenantId }],
  ['forward-content', forwardContent, 7],
  ['forward-content', forwardContent, null],
  ['parked-content', parkedContent, 'no json either'],
  ['parked-content', parkedContent, { v: 0, id: 'x', dequeueCount: 'x' }],
])('%s parks a malformed message at first sight', async (name, handler, message) => {
  const { context, log } = newContext(name, { id: 'message-1', dequeueCount: 1 });
  const before = (await list()).length;
  await handler(message, context);
  await handler(message, context);
  const after = (await list()) as { reason: string; tenantId: null; replayableUntil: null }[];
  expect(after).toHaveLength(before + 1);
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  expect(after.filter(({ reason }) => reason.endsWith(`Its text: ${text}`))).toMatchObject([
    { tenantId: null, contentType: null, failures: 0, replayableUntil: null },
  ]);
  expect(log.join()).toContain('message-malformed');
});

it('a storage that fails makes the queue keep the message', async () => {
  environment.proxy.fate = () => 'refused';
  const { context } = newContext('forward-content');
  await expect(forwardContent('not seen before', context)).rejects.toThrow(/table/);
  environment.proxy.fate = () => 'answered';
});
