import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { apiTenant } from '../../functions/api-tenant.ts';
import { forwardContent } from '../../functions/forward-content.ts';
import { listContent } from '../../functions/list-content.ts';
import { call, newContext, timer } from '../support/call-function.ts';
import { contoso } from '../support/relay-environment.ts';
import { expectDone } from './consent-fixture.ts';
import { useDeliveringFixture } from './delivering-fixture.ts';

// The order of keys and the size of the number are what parsing would spoil.
const record = '{"Id":"a-record","Z":12345678901234567890,"CreationTime":"2026-11-22T10:00:00","A":"\\u00e9"}';

const on = useDeliveringFixture();

it('a cycle that cannot forget what has expired is done all the same, and says so', async () => {
  on.environment.proxy.fate = (request) => (/^GET .*\/consents\(/.test(request) ? 'refused' : 'answered');
  const { context, log } = newContext('list-content');
  await listContent(timer, context);
  on.environment.proxy.fate = () => 'answered';
  expect(log.filter((line) => line.includes('"expired-not-forgotten"'))).toHaveLength(1);
  expect(log.join()).toContain('"cycle-finished"');
});

it('from consent to a record at the destination, by the functions alone', async () => {
  const { simulator, clients } = on.environment;
  const created = Date.now() - 2 * 3_600_000;
  simulator.offer(contoso.tenantId, 'Audit.Exchange', { records: [record] }, { created });
  expectDone(await on.back(await on.prove()));
  await listContent(timer, newContext('list-content').context);
  await listContent(timer, newContext('list-content').context);

  const queue = clients.queues.getQueueClient('content');
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  expect(receivedMessageItems).toHaveLength(1);
  for (const { messageText, messageId, dequeueCount } of receivedMessageItems) {
    const message: unknown = JSON.parse(messageText);
    expect(message).toMatchObject({ v: 1, tenantId: contoso.tenantId, contentType: 'Audit.Exchange', attempt: 1 });
    // The library hands over parsed JSON, and the message's own words as metadata.
    await forwardContent(message, newContext('forward-content', { id: messageId, dequeueCount }).context);
  }

  const files = (await readdir(on.folder, { recursive: true })).filter((name) => name.endsWith('.ndjson'));
  expect(files).toHaveLength(1);
  expect(await readFile(join(on.folder, files[0] ?? ''), 'utf8')).toBe(`${record}\n`);
  const params = { tenantId: contoso.tenantId };
  const { body } = await call(apiTenant, { path: `/api/tenants/${contoso.tenantId}`, params });
  const { feeds, ...tenant } = body as { feeds: { contentType: string }[] };
  expect(tenant).toMatchObject({ state: 'active', nextStep: 'Nothing to do: audit records are being forwarded.' });
  expect(feeds.find(({ contentType }) => contentType === 'Audit.Exchange')).toMatchObject({
    state: 'active',
    contents: { queued: 0, delivered: 1, parked: 0, lost: 0 },
    records: { delivered: 1, duplicates: 0, parked: 0 },
  });
});
