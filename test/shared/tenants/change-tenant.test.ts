import { describe, expect, test } from 'vitest';

import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { afterConsent } from '../../../shared/pipeline/tenant-trouble.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { RowConflict, StorageError } from '../../../shared/state/table.ts';
import type { Tenant } from '../../../shared/state/tenants.ts';
import { changeTenant } from '../../../shared/tenants/change-tenant.ts';
import { checkNow } from '../../../shared/tenants/check-now.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { cycles, feedOf, minute, tenantOf, withTenants } from '../pipeline/cycle-fixture.ts';
import { meddledTables } from '../pipeline/meddled-tables.ts';

function change(pipeline: TestPipeline, what: Parameters<typeof changeTenant>[2]): Promise<Tenant> {
  return changeTenant(pipeline, tenantId, what, 'Alex');
}

/** The history, in any order: the clock stands still here, and the history knows milliseconds. */
const told = async (pipeline: TestPipeline): Promise<string[]> =>
  (await pipeline.history.ofTenant(tenantId, 100)).map(({ what, by }) => `${by}: ${what}`).toSorted();

const calls = (pipeline: TestPipeline, word: string): string[] =>
  pipeline.api.calls.filter((call) => call.startsWith(word));

describe('a paused tenant', () => {
  test('is not listed, and is again at once when it is resumed', async () => {
    const pipeline = await withTenants();
    await listCycle(pipeline);
    await change(pipeline, { paused: true });
    pipeline.api.calls.length = 0;
    await cycles(pipeline, 10);
    expect(pipeline.api.calls).toEqual([]);
    expect(await change(pipeline, { paused: false })).toMatchObject({ state: 'active', pausedFrom: undefined });
    await listCycle(pipeline);
    expect(calls(pipeline, 'list')).not.toEqual([]);
    expect(await told(pipeline)).toEqual([
      'Alex: Paused.',
      'Alex: Resumed.',
      'Audit Relay: Audit.Exchange is collected.',
    ]);
  });

  test.each(['invited', 'waiting', 'audit-off', 'consent-withdrawn', 'gone'] as const)(
    'that was %s is so again, due at once, with its failures forgotten',
    async (state) => {
      const trouble = { state: 'gone', since: 0, count: 9 } as const;
      const pipeline = await withTenants([{ state, trouble, nextCheckAt: Date.parse('2027-01-01T00:00:00Z') }]);
      await change(pipeline, { paused: true });
      expect(await tenantOf(pipeline)).toMatchObject({ state: 'paused', pausedFrom: state });
      await change(pipeline, { paused: true });
      expect(await tenantOf(pipeline)).toMatchObject({ pausedFrom: state });
      await change(pipeline, { paused: false });
      expect(await tenantOf(pipeline)).toMatchObject({ state, trouble: undefined, nextCheckAt: undefined });
    },
  );

  test.each([
    ['invited', undefined],
    ['active', 0],
  ] as const)('of which nobody remembers what it was is %s when resumed', async (state, consentedAt) => {
    const pipeline = await withTenants([{ state: 'paused', consentedAt }]);
    expect(await change(pipeline, { paused: false })).toMatchObject({ state });
  });

  test('tries what Microsoft refused without waiting, when it is resumed', async () => {
    const pipeline = await withTenants();
    const feed = newFeed({ tenantId, contentType: 'Audit.Exchange' });
    await pipeline.feeds.insert({ ...feed, state: 'disabled', retryAt: pipeline.clock.now() + 15 * minute });
    await change(pipeline, { paused: true });
    await change(pipeline, { paused: false });
    await listCycle(pipeline);
    expect(await feedOf(pipeline)).toMatchObject({ state: 'active' });
  });

  test('whose administrator consents meanwhile waits for Microsoft when it is resumed, and then becomes active', async () => {
    const pipeline = await withTenants([{ state: 'invited', consentedAt: undefined }]);
    await change(pipeline, { paused: true });
    const stored = await pipeline.tenants.get(tenantId);
    if (stored === undefined) throw new Error('gone');
    const at = pipeline.clock.now();
    await pipeline.tenants.replace(afterConsent(stored.value, { at, by: 'Kim' }), stored.etag);
    await cycles(pipeline, 3);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'paused', consentedAt: at, consentedBy: 'Kim' });
    await change(pipeline, { paused: false });
    expect((await tenantOf(pipeline))?.state).toBe('waiting');
    await listCycle(pipeline);
    expect((await tenantOf(pipeline))?.state).toBe('active');
  });
});

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

describe('content types', () => {
  const both = { contentTypes: ['Audit.Exchange', 'DLP.All'] } as const;

  test('that are switched off are listed no more, stopped at Microsoft, and listed again when they are switched on', async () => {
    const pipeline = await withTenants([{ ...both }]);
    await listCycle(pipeline);
    await change(pipeline, { contentTypes: ['Audit.Exchange'] });
    pipeline.api.calls.length = 0;
    await cycles(pipeline, 3);
    expect(calls(pipeline, 'stop')).toEqual(['stop DLP.All']);
    expect(calls(pipeline, 'list DLP.All')).toEqual([]);
    expect(pipeline.api.subscriptions.has('DLP.All')).toBe(false);
    await change(pipeline, both);
    pipeline.api.calls.length = 0;
    await listCycle(pipeline);
    expect(calls(pipeline, 'start')).toEqual(['start DLP.All']);
    expect(calls(pipeline, 'list DLP.All').length).toBeGreaterThan(0);
    expect(await told(pipeline)).toEqual([
      'Alex: Switched off DLP.All.',
      'Alex: Switched on DLP.All.',
      'Audit Relay: Audit.Exchange is collected.',
      'Audit Relay: DLP.All is collected.',
      'Audit Relay: DLP.All is collected.',
      'Audit Relay: DLP.All is started again.',
      'Audit Relay: DLP.All is stopped at Microsoft.',
    ]);
  });

  test('that are switched off are not stopped before what is open of them is settled', async () => {
    const pipeline = await withTenants([{ ...both }]);
    pipeline.api.offer('DLP.All', 'one', pipeline.clock.now() - minute, [{ Id: 'a' }]);
    await listCycle(pipeline);
    await change(pipeline, { contentTypes: ['Audit.Exchange'] });
    await cycles(pipeline, 6);
    expect(calls(pipeline, 'stop')).toEqual([]);
    const feed = (await pipeline.feeds.ofTenant(tenantId)).find(({ value }) => value.contentType === 'DLP.All');
    expect(feed?.value).toMatchObject({ state: 'active', openContents: 1 });
  });

  test('that cannot be stopped now are stopped a minute later', async () => {
    const pipeline = await withTenants([{ ...both }]);
    await listCycle(pipeline);
    await change(pipeline, { contentTypes: ['Audit.Exchange'] });
    pipeline.api.failures.set('stop', [apiError('server-failed')]);
    await listCycle(pipeline);
    pipeline.clock.advance(minute - 1);
    await listCycle(pipeline);
    expect(calls(pipeline, 'stop')).toHaveLength(1);
    expect((await tenantOf(pipeline))?.state).toBe('active');
    pipeline.clock.advance(1);
    await cycles(pipeline, 3);
    expect(calls(pipeline, 'stop')).toHaveLength(2);
  });

  test('that were off for long leave no gap, and those before it stay', async () => {
    const pipeline = await withTenants([{ ...both }]);
    await listCycle(pipeline);
    await change(pipeline, { contentTypes: ['Audit.Exchange'] });
    const dlp = async () =>
      (await pipeline.feeds.ofTenant(tenantId)).find(({ value }) => value.contentType === 'DLP.All');
    await cycles(pipeline, 60, 6 * 60 * minute);
    expect((await dlp())?.value).toMatchObject({ state: 'stopped', gaps: [] });
    const before = await dlp();
    const gap = { from: 0, to: 3_600_000, why: 'A gap from before.' };
    if (before) await pipeline.feeds.replace({ ...before.value, gaps: [gap] }, before.etag);
    await change(pipeline, both);
    await cycles(pipeline, 6);
    const after = await dlp();
    expect(after?.value).toMatchObject({ state: 'active', gaps: [gap] });
    expect(after?.value.position).toBeGreaterThan(pipeline.clock.now() - 2 * 60 * minute);
  });
});

describe('a check that was asked for', () => {
  test('goes past the pause of an hour, with a new token, and is done once', async () => {
    const nextCheckAt = Date.parse('2026-11-23T00:00:00Z');
    const trouble = { state: 'consent-withdrawn', since: 0, count: 9 } as const;
    const pipeline = await withTenants([{ state: 'consent-withdrawn', trouble, nextCheckAt }]);
    await listCycle(pipeline);
    expect(pipeline.api.calls).toEqual([]);
    await checkNow(pipeline, tenantId, 'Alex');
    await cycles(pipeline, 3);
    expect(pipeline.tokens.forgotten).toEqual([tenantId]);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active', checkAskedAt: undefined });
    expect(await told(pipeline)).toEqual([
      'Alex: Asked to be checked now.',
      'Audit Relay: Audit.Exchange is collected.',
      'Audit Relay: From "consent withdrawn" to "active".',
    ]);
  });

  test('looks at the subscriptions of active feeds too, and starts what is gone', async () => {
    const pipeline = await withTenants();
    await listCycle(pipeline);
    pipeline.clock.advance(15 * minute);
    pipeline.api.subscriptions.clear();
    pipeline.api.calls.length = 0;
    await checkNow(pipeline, tenantId, 'Alex');
    await listCycle(pipeline);
    expect(calls(pipeline, 'sub')).toHaveLength(1);
    expect(calls(pipeline, 'start')).toEqual(['start Audit.Exchange']);
    expect(await feedOf(pipeline)).toMatchObject({ state: 'active', detail: undefined });
  });

  test('starts nothing within the 15 minutes that Microsoft wants between two starts', async () => {
    const pipeline = await withTenants();
    pipeline.api.subscriptions.clear();
    await listCycle(pipeline);
    pipeline.api.subscriptions.clear();
    await checkNow(pipeline, tenantId, 'Alex');
    await listCycle(pipeline);
    expect(calls(pipeline, 'start')).toHaveLength(1);
    expect(await feedOf(pipeline)).toMatchObject({ state: 'starting' });
    pipeline.clock.advance(15 * minute);
    await listCycle(pipeline);
    expect(calls(pipeline, 'start')).toHaveLength(2);
    expect(await feedOf(pipeline)).toMatchObject({ state: 'active' });
  });

  test('waits while Microsoft throttles the tenant', async () => {
    const pipeline = await withTenants();
    const until = pipeline.clock.now() + 10 * minute;
    await pipeline.marks.set('throttled', tenantId, { until, times: 1, reason: 'AF429' });
    await checkNow(pipeline, tenantId, 'Alex');
    await listCycle(pipeline);
    expect(pipeline.api.calls).toEqual([]);
    expect((await tenantOf(pipeline))?.checkAskedAt).toBe(pipeline.clock.now());
    pipeline.clock.advance(10 * minute);
    await listCycle(pipeline);
    expect((await tenantOf(pipeline))?.checkAskedAt).toBeUndefined();
  });
});
