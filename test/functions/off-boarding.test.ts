import { readdir } from 'node:fs/promises';

import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { apiParked } from '../../functions/api-parked.ts';
import { apiParkedReplay } from '../../functions/api-parked-replay.ts';
import { apiTenant } from '../../functions/api-tenant.ts';
import { apiTenants } from '../../functions/api-tenants.ts';
import { forwardContent } from '../../functions/forward-content.ts';
import { listContent } from '../../functions/list-content.ts';
import { hourOf } from '../../shared/activity-api/hours.ts';
import type { Log } from '../../shared/log.ts';
import { relayOfProcess } from '../../shared/relay.ts';
import { createLedger } from '../../shared/state/ledger.ts';
import type { LedgerContent } from '../../shared/state/ledger-row.ts';
import { createBrowser } from '../support/browser.ts';
import { type Answer, call, newContext, postJson, refusalOf, timer } from '../support/call-function.ts';
import { clientId, contoso } from '../support/relay-environment.ts';
import { expectDone, opens } from './consent-fixture.ts';
import { useDeliveringFixture } from './delivering-fixture.ts';

const { tenantId } = contoso;
const feed = { tenantId, contentType: 'Audit.Exchange' } as const;
const never = new AbortController().signal;
const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const on = useDeliveringFixture();

const params = { tenantId };
const get = (): Promise<Answer> => call(apiTenant, { path: `/api/tenants/${tenantId}`, params });
const leave = (query = '', id: string = tenantId): Promise<Answer> =>
  call(apiTenant, { method: 'DELETE', path: `/api/tenants/${id}${query}`, params: { tenantId: id } });
const add = (name = 'Contoso'): Promise<Answer> => postJson(apiTenants, '/api/tenants', { name, tenant: tenantId });
const cycle = (): Promise<void> => listContent(timer, newContext('list-content').context) as Promise<void>;

/** Cycles until the tenant is gone; Close looks at everything in every fifth. */
async function untilGone(): Promise<void> {
  for (let cycles = 0; cycles < 6 && (await get()).status === 200; cycles += 1) await cycle();
  expect((await get()).status).toBe(404);
}

/** Takes what is visible in the queue. @returns its messages */
async function takeMessages(): Promise<{ messageId: string; messageText: string; dequeueCount: number }[]> {
  const queue = on.environment.clients.queues.getQueueClient('content');
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  for (const { messageId, popReceipt } of receivedMessageItems) await queue.deleteMessage(messageId, popReceipt);
  return receivedMessageItems;
}

async function forward(messages: Awaited<ReturnType<typeof takeMessages>>): Promise<void> {
  for (const { messageText, messageId, dequeueCount } of messages) {
    await forwardContent(JSON.parse(messageText), newContext('forward', { id: messageId, dequeueCount }).context);
  }
}

/** Before any subscription was ever stopped (what appears while one is, is never listed), in an hour that every cycle lists. */
let created = Date.now() - 60_000;

/** A content with one record that is listed from now on. @returns what the ledger says of it */
function offer(id: string): () => Promise<LedgerContent | undefined> {
  created += 1000;
  const record = `{"Id":"${id}","CreationTime":"2026-11-22T10:00:00"}`;
  const content = on.environment.simulator.offer(tenantId, 'Audit.Exchange', { records: [record] }, { created });
  const ledger = createLedger(on.environment.tables);
  const hour = hourOf(created);
  return async () => (await ledger.contents(feed, hour, [content.id])).get(content.id)?.value;
}

/** The customer consents, and the subscriptions are started. */
async function consent(): Promise<void> {
  on.admin = createBrowser();
  on.invitation = await on.invite();
  expectDone(await on.back(await on.prove()));
  await cycle();
}

const delivered = async (): Promise<number> =>
  (await readdir(on.folder, { recursive: true })).filter((name) => name.endsWith('.ndjson')).length;

const count = (operation: string): number =>
  on.environment.simulator
    .requests()
    .filter((one) => one.operation === operation)
    .reduce((sum, one) => sum + one.count, 0);

describe('a request to off-board', () => {
  beforeEach(() => on.reset());

  it.each(['?queue=keep', '?queue=', '?queue=DROP', '?queue=drop%00'])('refuses "%s"', async (query) => {
    const answer = await leave(query);
    expect(answer.status).toBe(400);
    expect(refusalOf(answer).code).toBe('invalid_queue');
    expect((await on.tenant()).state).toBe('invited');
  });

  it('knows only tenants that are here', async () => {
    const answer = await leave('', '77777777-2222-3333-4444-555555555555');
    expect(answer.status).toBe(404);
    expect(refusalOf(answer).code).toBe('tenant_not_found');
    expect((await leave('', 'contoso.example')).status).toBe(400);
  });

  it('drains if nothing else is said, and may be made as often as one likes', async () => {
    for (const query of ['', '?queue=drain', '']) {
      const answer = await leave(query);
      expect(answer.status).toBe(202);
      expect(answer.body).toEqual({ tenantId, state: 'leaving' });
      expect((await on.tenant()).leaving).toBe('drain');
    }
    expect((await get()).body).toMatchObject({ state: 'leaving' });
    const history = await relayOfProcess(quiet).history.ofTenant(tenantId, 100);
    const words = history.filter(({ what }) => what.startsWith('Off-boarding'));
    expect(words[0]).toMatchObject({ what: 'Off-boarding began: what is queued is still delivered.', by: 'by key' });
  });

  it('may turn from drain to drop, and not back', async () => {
    await leave('?queue=drain');
    expect((await leave('?queue=drop')).status).toBe(202);
    expect((await leave('?queue=drop')).status).toBe(202);
    const answer = await leave('?queue=drain');
    expect(answer.status).toBe(409);
    expect(refusalOf(answer)).toMatchObject({
      code: 'tenant_leaving',
      message: expect.stringContaining('add it again') as string,
    });
    expect((await on.tenant()).leaving).toBe('drop');
    const [entry] = await relayOfProcess(quiet).history.ofTenant(tenantId, 1);
    expect(entry?.what).toBe('Off-boarding goes on without what is still queued: it is dropped.');
  });

  it('kills the invitation, and consent that is under way', async () => {
    const consent = await on.consent();
    const signIn = await on.signIn(consent);
    await leave();
    const before = await on.tenant();
    expect(await opens(on.invitation)).toBe(false);
    await on.expectRefused(await on.back(signIn), before, /not looked after here any more/);
    expect((await add()).status).toBe(409);
  });
});

describe('off-boarding', () => {
  beforeAll(async () => {
    await on.reset();
    on.environment.simulator.switches.set('start-throttle', 0);
    await consent();
  });

  it('with drain delivers what is queued, then stops the subscriptions, and only then forgets the tenant', async () => {
    const row = offer('drained');
    await cycle();
    const messages = await takeMessages();
    expect(messages).toHaveLength(1);
    await leave();
    on.environment.simulator.clearRequests();
    for (let cycles = 0; cycles < 5; cycles += 1) await cycle();
    expect(count('list') + count('subscriptions') + count('start') + count('stop')).toBe(0);
    expect(await on.tenant()).toMatchObject({ state: 'leaving' });

    await forward(messages);
    expect((await row())?.state).toBe('delivered');
    await untilGone();
    expect(count('stop')).toBe(5);
    expect(count('list')).toBe(0);
    const { api, feeds, history } = relayOfProcess(quiet);
    const address = { tenantId, cloud: 'custom' } as const;
    const subscriptions = await api.listSubscriptions(address, never);
    expect(subscriptions.map(({ enabled }) => enabled)).toEqual(Array(5).fill(false));
    await expect(api.fetchContent(address, (await row())?.uri ?? '', never)).rejects.toThrow(/subscription/);
    expect(await feeds.ofTenant(tenantId)).toEqual([]);
    expect(await history.ofTenant(tenantId, 1)).toEqual([]);
  });

  it('leaves a tenant that can be added again, under another name, and nothing is delivered twice', async () => {
    const before = await delivered();
    expect((await add('Contoso again')).status).toBe(201);
    await consent();
    expect(await takeMessages()).toEqual([]);
    expect(await delivered()).toBe(before);
    expect((await get()).body).toMatchObject({ state: 'active', name: 'Contoso again' });
  });

  it('with drop loses what is queued and forgets the tenant within a cycle; added again it is delivered', async () => {
    const row = offer('dropped');
    await cycle();
    const messages = await takeMessages();
    expect(messages).toHaveLength(1);
    await leave('?queue=drop');
    await cycle();
    expect((await get()).status).toBe(404);
    expect(await row()).toMatchObject({ state: 'lost', reason: 'off-boarded' });
    await forward(messages);

    const before = await delivered();
    await add();
    await consent();
    await forward([...messages, ...(await takeMessages())]);
    expect(await row()).toMatchObject({ state: 'delivered', attempt: 2 });
    expect(await delivered()).toBe(before + 1);
  });

  it('leaves what is parked, which cannot be replayed before the tenant is added again', async () => {
    const row = offer('parked');
    await cycle();
    await takeMessages();
    const ledger = createLedger(on.environment.tables);
    const { id = '' } = (await row()) ?? {};
    const parked = [...(await ledger.contents(feed, hourOf(created), [id])).values()].map(({ value, etag }) => ({
      value: { ...value, state: 'parked' as const, reason: 'It could not be cut.', settledAt: Date.now() },
      etag,
    }));
    await ledger.replace(feed, hourOf(created), parked);
    await leave();
    await untilGone();
    const shown = await call(apiParked, { path: '/api/parked' });
    expect(shown.body).toMatchObject({ parked: [{ tenantId, replayableUntil: null }] });
    expect((await postJson(apiParkedReplay, '/api/parked/replay', {})).body).toEqual({ replayed: 0 });
    await add();
    expect((await postJson(apiParkedReplay, '/api/parked/replay', { tenantId })).body).toEqual({ replayed: 1 });
  });

  it('of a tenant whose consent was withdrawn keeps nobody', async () => {
    await consent();
    on.environment.simulator.withdraw(tenantId, clientId);
    relayOfProcess(quiet).tokens.forget({ tenantId, cloud: 'custom' });
    await leave('?queue=drop');
    await untilGone();
  });

  it('leaves no history to a tenant that is added again, even where a note was late', async () => {
    const { history } = relayOfProcess(quiet);
    await history.add({ tenantId, at: Date.now(), what: 'Off-boarding began.', by: 'Alex' }, 'late');
    expect((await add()).status).toBe(201);
    expect(await history.ofTenant(tenantId, 9)).toMatchObject([{ what: 'Added as Contoso, with an invitation.' }]);
  });
});
