import { expect, test } from 'vitest';

import { newFeed } from '../../../shared/state/feeds.ts';
import { listTenants } from '../../../shared/tenants/list-tenants.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, createTestPipeline, tenantId } from '../../support/test-pipeline.ts';
import { meddledTables } from '../pipeline/meddled-tables.ts';

test('a thousand tenants with their feeds are two queries', async () => {
  const calls: string[] = [];
  const tables = meddledTables(createMemoryTables(), { before: (call) => void calls.push(call) });
  const pipeline = createTestPipeline({ tables });
  for (let n = 0; n < 1000; n += 1) {
    const id = `${String(n).padStart(8, '0')}-2222-3333-4444-555555555555`;
    await pipeline.tenants.insert(activeTenant({ tenantId: id, addedAt: n }));
    await pipeline.feeds.insert({ ...newFeed({ tenantId: id, contentType: 'Audit.Exchange' }), state: 'active' });
  }
  calls.length = 0;
  const tenants = await listTenants(pipeline);
  expect(calls.toSorted()).toEqual(['query feeds', 'query tenants']);
  expect(tenants).toHaveLength(1000);
  expect(tenants[7]).toMatchObject({ name: 'Example Customer', state: 'active', addedAt: 7, lagSeconds: undefined });
});

test('a tenant lags as much as the active feed of it that is furthest behind', async () => {
  const pipeline = createTestPipeline();
  const now = pipeline.clock.now();
  await pipeline.tenants.insert(
    activeTenant({ contentTypes: ['Audit.Exchange', 'Audit.General', 'Audit.SharePoint'] }),
  );
  const feeds = [
    ['Audit.Exchange', 'active', 60_000],
    ['Audit.General', 'active', 120_400],
    // Neither what is only starting nor what was switched off counts.
    ['Audit.SharePoint', 'starting', 600_000_000],
    ['DLP.All', 'active', 700_000_000],
  ] as const;
  for (const [contentType, state, behind] of feeds) {
    await pipeline.feeds.insert({ ...newFeed({ tenantId, contentType }), state, position: now - behind });
  }
  expect(await listTenants(pipeline)).toMatchObject([
    { lagSeconds: 120, nextStep: expect.stringMatching(/^Nothing to do: /) as string },
  ]);
});

test('a feed that is refused is the next step in the list as in the detail', async () => {
  const pipeline = createTestPipeline();
  await pipeline.tenants.insert(activeTenant());
  await pipeline.feeds.insert({ ...newFeed({ tenantId, contentType: 'DLP.All' }), state: 'permission-missing' });
  const [tenant] = await listTenants(pipeline);
  expect(tenant?.nextStep).toMatch(/^ActivityFeed\.ReadDlp is missing/);
});
