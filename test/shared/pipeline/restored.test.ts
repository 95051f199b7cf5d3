import { expect, it } from 'vitest';

import type { StoredRow } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { cycles, feedOf, tenantOf, withTenants } from './cycle-fixture.ts';
import { forwardAll, record } from './forwarding.ts';

/** What `az storage entity query` prints of a row and `az storage entity insert` puts back: its text. */
const copyOf = ({ row }: StoredRow): StoredRow['row'] => {
  const texts = Object.entries(row).filter(([, value]) => typeof value === 'string');
  return { partitionKey: '', rowKey: '', ...Object.fromEntries(texts) };
};

it('the table tenants alone brings back, after all else is lost, what Microsoft still has, and nobody is asked', async () => {
  const before = await withTenants([{ name: 'Example Customer', consentedBy: 'Alex Admin' }]);
  before.api.offer('Audit.Exchange', 'a', Date.parse('2026-11-20T09:10:00Z'), [record('1')]);
  await cycles(before, 2);
  await forwardAll(before);
  const copies = (await Array.fromAsync(before.tables.table('tenants').query({}))).map(copyOf);

  const tables = createMemoryTables();
  for (const row of copies) await tables.table('tenants').insert(row);
  const after = createTestPipeline({ tables });
  after.api.offer('Audit.Exchange', 'a', Date.parse('2026-11-20T09:10:00Z'), [record('1')]);
  after.api.offer('Audit.Exchange', 'b', Date.parse('2026-11-22T10:10:00Z'), [record('2')]);
  for (let round = 0; round < 5; round += 1) {
    await cycles(after, 1);
    await forwardAll(after);
  }
  expect(await tenantOf(after)).toMatchObject({ name: 'Example Customer', state: 'active', consentedBy: 'Alex Admin' });
  expect(await feedOf(after)).toMatchObject({ state: 'active', openContents: 0, gaps: [] });
  const received = after.destinations[0]?.received().map((text) => (JSON.parse(text) as { Id: string }).Id);
  expect(received?.toSorted()).toEqual(['1', '2']);
});
