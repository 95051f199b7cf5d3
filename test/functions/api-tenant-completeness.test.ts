import { expect, it } from 'vitest';

import { apiTenantCompleteness } from '../../functions/api-tenant-completeness.ts';
import { forwardContent } from '../../functions/forward-content.ts';
import { listContent } from '../../functions/list-content.ts';
import { newFeed } from '../../shared/state/feeds.ts';
import type { FeedAccount } from '../../shared/tenants/completeness.ts';
import { call, newContext, refusalOf, timer } from '../support/call-function.ts';
import { contoso } from '../support/relay-environment.ts';
import { expectDone } from './consent-fixture.ts';
import { useDeliveringFixture } from './delivering-fixture.ts';

const hourMs = 3_600_000;
const { tenantId } = contoso;

const on = useDeliveringFixture();

const get = (query: Readonly<Record<string, string>> = {}, id: string = tenantId) =>
  call(apiTenantCompleteness, {
    path: `/api/tenants/${id}/completeness?${new URLSearchParams(query).toString()}`,
    params: { tenantId: id },
  });

const feedsOf = async (query?: Readonly<Record<string, string>>): Promise<FeedAccount[]> => {
  const answer = await get(query);
  expect(answer.status).toBe(200);
  return (answer.body as { feeds: FeedAccount[] }).feeds;
};

it('answers for a tenant of which nothing is known yet', async () => {
  expect(await feedsOf()).toEqual(
    ['Audit.AzureActiveDirectory', 'Audit.Exchange', 'Audit.SharePoint', 'Audit.General', 'DLP.All'].map(
      (contentType) => ({ contentType, hours: [], gaps: [] }),
    ),
  );
});

it('adds up to what the simulator offered, content by content and record by record', async () => {
  const { simulator, clients } = on.environment;
  const now = Date.now();
  const records = (of: string, count: number): string[] =>
    Array.from(
      { length: count },
      (_none, index) => `{"Id":"${of}-${index % 7}","CreationTime":"2026-11-22T10:00:00","N":${index}}`,
    );
  for (let n = 0; n < 60; n += 1) {
    const type = n % 3 === 0 ? 'Audit.SharePoint' : 'Audit.Exchange';
    // What is a second old is not listed yet.
    const created = now - 60_000 - 3 * hourMs * (n % 20);
    simulator.offer(tenantId, type, { records: records(`content-${n}`, 1 + (n % 9)) }, { created });
  }
  simulator.offer(tenantId, 'DLP.All', { records: [] }, { created: now - 30 * hourMs });
  simulator.switches.set('content-status', { status: 404, times: null }, { contentType: 'DLP.All' });
  expectDone(await on.back(await on.prove()));
  await listContent(timer, newContext('list-content').context);
  const before = await feedsOf();
  expect(total(before, ({ contents }) => contents.pending)).toBe(61);

  const queue = clients.queues.getQueueClient('content');
  for (;;) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
    if (receivedMessageItems.length === 0) break;
    await Promise.all(
      receivedMessageItems.map(async ({ messageText, messageId, popReceipt, dequeueCount }) => {
        const { context } = newContext('forward-content', { id: messageId, dequeueCount });
        await forwardContent(JSON.parse(messageText), context);
        await queue.deleteMessage(messageId, popReceipt);
      }),
    );
  }
  const account = await feedsOf();
  for (const offered of simulator.offered().feeds) {
    const own = account.filter(({ contentType }) => contentType === offered.contentType);
    expect(total(own, ({ contents }) => contents.listed)).toBe(offered.contents);
    expect(total(own, (one) => one.records.delivered + one.records.duplicates + one.records.parked)).toBe(
      offered.records,
    );
  }
  expect(total(account, ({ contents }) => contents.delivered)).toBe(60);
  expect(total(account, ({ contents }) => contents.lost)).toBe(1);
  expect(total(account, ({ contents }) => contents.pending)).toBe(0);

  // Six cycles later Close has looked at all hours, and nothing has changed.
  for (let n = 0; n < 5; n += 1) await listContent(timer, newContext('list-content').context);
  expect(await on.environment.tables.table('open').query({})[Symbol.asyncIterator]().next()).toMatchObject({
    done: true,
  });
  expect(await feedsOf()).toEqual(account);
});

const total = (feeds: readonly FeedAccount[], of: (hour: FeedAccount['hours'][number]) => number): number =>
  feeds.flatMap(({ hours }) => hours).reduce((sum, hour) => sum + of(hour), 0);

it('shows gaps as times, within the span that was asked for', async () => {
  const stored = (await on.environment.feeds.ofTenant(tenantId)).find(({ value }) => value.contentType === 'DLP.All');
  const gap = { from: Date.parse('2026-01-02T03:00:00Z'), to: Date.parse('2026-01-02T05:00:00Z'), why: 'It was off.' };
  const feed = { ...(stored?.value ?? newFeed({ tenantId, contentType: 'DLP.All' })), gaps: [gap] };
  await (stored ? on.environment.feeds.replace(feed, stored.etag) : on.environment.feeds.insert(feed));
  const gapsOf = async (query: Readonly<Record<string, string>>) => (await feedsOf(query)).at(-1)?.gaps;
  const shown = [{ from: '2026-01-02T03:00:00.000Z', to: '2026-01-02T05:00:00.000Z', why: 'It was off.' }];
  for (const [from, to] of [
    ['2026-01-02', '2026-01-03'],
    ['2026-01-02T04', '2026-01-02T05'],
    ['2026-01-02T05:30:00+01:00', '2026-01-02T05:59:59.5+01:00'],
  ]) {
    expect(await gapsOf({ from: from ?? '', to: to ?? '' })).toEqual(shown);
  }
  expect(await gapsOf({ to: '2026-01-09T04:59:59Z' })).toEqual(shown);
  expect(await gapsOf({ to: '2026-01-09T05:00:00Z' })).toEqual([]);
});

it.each([
  [{ from: 'yesterday' }, 'invalid_from', '"from" is not a time: write it like 2026-11-22T10:00:00Z.'],
  [{ to: '2026-11-22T10:00:00' }, 'invalid_to', '"to" is not a time: write it like 2026-11-22T10:00:00Z.'],
  [{ from: '2026-02-30' }, 'invalid_from', '"from" is not a time: write it like 2026-11-22T10:00:00Z.'],
  [{ from: '' }, 'invalid_from', '"from" is not a time: write it like 2026-11-22T10:00:00Z.'],
  [
    { from: '2026-11-22T10', to: '2026-11-22T10' },
    'invalid_span',
    '"from" is not before "to": swap them, or leave one out.',
  ],
])('refuses %o', async (query, code, message) => {
  const answer = await get(query);
  expect(answer.status).toBe(400);
  expect(refusalOf(answer)).toEqual({ code, message });
});

it('does not know a tenant that was not added', async () => {
  const answer = await get({}, '77777777-2222-3333-4444-555555555555');
  expect([answer.status, refusalOf(answer).code]).toEqual([404, 'tenant_not_found']);
});
