import { describe, expect, test } from 'vitest';

import { newFeed } from '../../../shared/state/feeds.ts';
import { RowConflict, StorageError } from '../../../shared/state/table.ts';
import type { Tenant } from '../../../shared/state/tenants.ts';
import { changeTenant } from '../../../shared/tenants/change-tenant.ts';
import { checkNow } from '../../../shared/tenants/check-now.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { feedOf, tenantOf, withTenants } from '../pipeline/cycle-fixture.ts';
import { meddledTables } from '../pipeline/meddled-tables.ts';
import { change, told } from './operator.ts';

describe('a change', () => {
  test('is made although the lister writes the tenant and its feeds meanwhile', async () => {
    let meddle: () => Promise<void> = () => Promise.resolve();
    const tables = meddledTables(createMemoryTables(), {
      before: async (call) => {
        if (call === 'replace tenants' || call === 'replace feeds') await meddle();
      },
    });
    const pipeline = await withTenants([{ state: 'paused', pausedFrom: 'active' }], { tables });
    const id = { tenantId, contentType: 'Audit.Exchange' } as const;
    await pipeline.feeds.insert({ ...newFeed(id), retryAt: 1, openContents: 0 });
    let times = 3;
    meddle = async () => {
      if ((times -= 1) < 0) return;
      const kept = meddle;
      meddle = () => Promise.resolve();
      const tenant = await pipeline.tenants.get(tenantId);
      if (tenant) await pipeline.tenants.replace({ ...tenant.value, missingRoles: [`role${times}`] }, tenant.etag);
      const [feed] = await pipeline.feeds.ofTenant(tenantId);
      if (feed) await pipeline.feeds.replace({ ...feed.value, openContents: times + 1 }, feed.etag);
      meddle = kept;
    };
    await change(pipeline, { name: 'Renamed', paused: false });
    expect(times).toBeLessThan(0);
    expect(await tenantOf(pipeline)).toMatchObject({ name: 'Renamed', state: 'active', missingRoles: ['role0'] });
    expect(await feedOf(pipeline)).toMatchObject({ retryAt: undefined, openContents: 1 });
    expect(await told(pipeline)).toEqual(['Alex: Renamed from Example Customer to Renamed. Resumed.']);
  });

  test('gives up when others never stop writing', async () => {
    const tables = meddledTables(createMemoryTables(), {
      before: (call) => {
        if (call === 'replace tenants') throw new RowConflict('Somebody was first.');
      },
    });
    const pipeline = await withTenants([{}], { tables });
    await expect(change(pipeline, { name: 'Renamed' })).rejects.toThrow(RowConflict);
    expect(await told(pipeline)).toEqual([]);
  });
});

describe('the history', () => {
  /** Somebody does something between the first read of a change and its write. */
  async function meanwhile(tenant: Partial<Tenant>, what: (pipeline: TestPipeline) => Promise<unknown>) {
    let isDone = false;
    const tables = meddledTables(createMemoryTables(), {
      before: async (call) => {
        if (call !== 'replace tenants' || isDone) return;
        isDone = true;
        await what(pipeline);
      },
    });
    const pipeline = await withTenants([tenant], { tables });
    return pipeline;
  }

  test('gives each of two operators at the same moment their own change', async () => {
    const pipeline = await meanwhile({ contentTypes: ['Audit.Exchange', 'DLP.All'] }, (same) =>
      changeTenant(same, tenantId, { name: 'Newer', contentTypes: ['Audit.Exchange'] }, 'Blair'),
    );
    await change(pipeline, { paused: true });
    expect(await tenantOf(pipeline)).toMatchObject({ name: 'Newer', state: 'paused' });
    expect(await told(pipeline)).toEqual([
      'Alex: Paused.',
      'Blair: Renamed from Example Customer to Newer. Switched off DLP.All.',
    ]);
  });

  test('tells a change whose answer got lost, though somebody else wrote the tenant right after', async () => {
    const state = { isLost: true };
    const tables = meddledTables(createMemoryTables(), {
      after: async (call) => {
        if (call !== 'replace tenants' || !state.isLost) return;
        state.isLost = false;
        await changeTenant(pipeline, tenantId, { name: 'Newer' }, 'Blair');
        throw new RowConflict('The client library tried again, and met its own write.');
      },
    });
    const pipeline = await withTenants([{}], { tables });
    await change(pipeline, { paused: true });
    expect(await told(pipeline)).toEqual(['Alex: Paused.', 'Blair: Renamed from Example Customer to Newer.']);
  });

  test.each<[string, (pipeline: TestPipeline) => Promise<unknown>, Partial<Tenant>, string]>([
    [
      'resume',
      (pipeline) => change(pipeline, { paused: false }),
      { state: 'paused', pausedFrom: 'active' },
      'Resumed.',
    ],
    ['check', (pipeline) => checkNow(pipeline, tenantId, 'Alex'), {}, 'Asked to be checked now.'],
  ])('tells a %s that storage let through the second time only', async (_what, act, tenant, sentence) => {
    const state = { fails: false };
    const tables = meddledTables(createMemoryTables(), {
      before: (call) => {
        if (state.fails && call === 'replace feeds') throw new StorageError('Storage is down.');
      },
    });
    const pipeline = await withTenants([tenant], { tables });
    await pipeline.feeds.insert({ ...newFeed({ tenantId, contentType: 'Audit.Exchange' }), retryAt: 1 });
    state.fails = true;
    await expect(act(pipeline)).rejects.toThrow(StorageError);
    state.fails = false;
    await act(pipeline);
    expect(await feedOf(pipeline)).toMatchObject({ retryAt: undefined });
    expect(await told(pipeline)).toEqual([`Alex: ${sentence}`]);
  });
});
