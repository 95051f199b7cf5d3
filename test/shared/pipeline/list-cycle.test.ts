import { describe, expect, test } from 'vitest';

import { contentTypes } from '../../../shared/activity-api/content-types.ts';
import { hourMs } from '../../../shared/activity-api/hours.ts';
import { EntraError, type EntraErrorKind } from '../../../shared/entra/entra-error.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { StorageError } from '../../../shared/state/table.ts';
import type { Tenant } from '../../../shared/state/tenants.ts';
import { apiError, timeOut } from '../../support/fake-activity-api.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, createTestPipeline, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { finish } from './forwarding.ts';
import { changeRows, emptyQueue, queuedIds } from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

const minute = 60_000;
const other = '22222222-3333-4444-5555-666666666666';

async function withTenants(
  tenants: readonly Partial<Tenant>[] = [{}],
  options: Parameters<typeof createTestPipeline>[0] = {},
): Promise<TestPipeline> {
  const pipeline = createTestPipeline(options);
  for (const change of tenants) {
    await pipeline.tenants.insert(activeTenant({ contentTypes: ['Audit.Exchange'], ...change }));
  }
  return pipeline;
}

const entra = (kind: EntraErrorKind): EntraError => new EntraError(`Entra said ${kind}.`, { kind });

/** Makes one call of the API fail for one tenant, for as long as the error is there. */
function failFor(pipeline: TestPipeline, id: string): { error: Error | undefined; asked: number } {
  const fault: { error: Error | undefined; asked: number } = { error: undefined, asked: 0 };
  const { api } = pipeline;
  const listSubscriptions = api.listSubscriptions.bind(api);
  const listContents = api.listContents.bind(api);
  const check = (tenant: string): void => {
    if (tenant !== id) return;
    fault.asked += 1;
    if (fault.error) throw fault.error;
  };
  api.listSubscriptions = async (tenant, signal) => {
    check(tenant.tenantId);
    return listSubscriptions(tenant, signal);
  };
  api.listContents = async function* (tenant, ...rest) {
    check(tenant.tenantId);
    yield* listContents(tenant, ...rest);
  };
  return fault;
}

const tenantOf = async (pipeline: TestPipeline, id = tenantId): Promise<Tenant | undefined> =>
  (await pipeline.tenants.get(id))?.value;

const feedOf = async (pipeline: TestPipeline, id = tenantId) => (await pipeline.feeds.ofTenant(id))[0]?.value;

const eventsOf = (pipeline: TestPipeline, name: string) => pipeline.events.filter(({ event }) => event === name);

async function cycles(pipeline: TestPipeline, count: number, pause = 2 * minute): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await listCycle(pipeline);
    pipeline.clock.advance(pause);
  }
}

describe('a cycle', () => {
  test('takes a tenant that waits for Microsoft to active, with all five feeds caught up', async () => {
    const pipeline = await withTenants([{ state: 'waiting', contentTypes: [...contentTypes] }]);
    pipeline.api.subscriptions.clear();
    for (const type of contentTypes) pipeline.api.offer(type, `of ${type}`, pipeline.clock.now() - 3 * hourMs, []);
    await listCycle(pipeline);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active' });
    const feeds = await pipeline.feeds.ofTenant(tenantId);
    expect(feeds.map(({ value }) => [value.state, value.position])).toEqual(
      Array<unknown>(5).fill(['active', pipeline.clock.now()]),
    );
    expect(new Set(queuedIds(pipeline.queue)).size).toBe(5);
  });

  test.each(['invited', 'paused', 'leaving'] as const)('asks nothing of a tenant that is %s', async (state) => {
    const pipeline = await withTenants([{ state }]);
    await listCycle(pipeline);
    expect(pipeline.api.calls).toEqual([]);
  });

  test('begins with the tenants that waited longest, a new one first of all', async () => {
    const ids = Array.from({ length: 20 }, (_none, n) => `${String(n).padStart(8, '0')}-2222-3333-4444-555555555555`);
    const pipeline = await withTenants(ids.map((id) => ({ tenantId: id })));
    // The last tenant is new; of the others the first waited least.
    for (const [index, id] of ids.slice(0, -1).entries()) {
      const feed = newFeed({ tenantId: id, contentType: 'Audit.Exchange' });
      await pipeline.feeds.insert({ ...feed, visitedAt: pipeline.clock.now() - (index + 1) * minute });
      // A feed that cannot be listed does not make its tenant the one that waited longest.
      await pipeline.feeds.insert({ ...feed, contentType: 'DLP.All', state: 'permission-missing' });
    }
    const asked: string[] = [];
    // Sixteen are begun at once; then this stops the others.
    pipeline.api.listSubscriptions = ({ tenantId: id }) => {
      asked.push(id);
      return Promise.reject(entra('credential-refused'));
    };
    await listCycle(pipeline);
    expect(asked.toSorted()).toEqual(ids.slice(4));
  });

  test('leaves the errors of one tenant with that tenant', async () => {
    const pipeline = await withTenants([{}, { tenantId: other }]);
    failFor(pipeline, tenantId).error = apiError('server-failed');
    await listCycle(pipeline);
    expect((await feedOf(pipeline))?.position).toBe(Date.parse('2026-11-15T12:00:00Z'));
    expect((await feedOf(pipeline, other))?.position).toBe(pipeline.clock.now());
    expect(eventsOf(pipeline, 'listing-failed')).toMatchObject([{ fields: { tenantId, kind: 'server-failed' } }]);
    expect((await tenantOf(pipeline))?.state).toBe('active');
  });

  test('that storage fails for one tenant lists the others, closes, and then says so', async () => {
    const error = new StorageError('Storage did not answer.');
    let broken = true;
    const tables = meddledTables(createMemoryTables(), {
      before: (call) => {
        if (!broken || call !== 'insert hours202611') return;
        broken = false;
        throw error;
      },
    });
    const pipeline = await withTenants([{}, { tenantId: other }], { tables });
    await expect(listCycle(pipeline)).rejects.toBe(error);
    const positions = [(await feedOf(pipeline))?.position, (await feedOf(pipeline, other))?.position];
    expect(positions).toContain(pipeline.clock.now());
  });

  test('skips a throttled tenant until its mark runs out, and its neighbours go on', async () => {
    const pipeline = await withTenants([{}, { tenantId: other }]);
    await listCycle(pipeline);
    const fault = failFor(pipeline, tenantId);
    fault.error = apiError('throttled', 5 * minute);
    pipeline.clock.advance(2 * minute);
    await listCycle(pipeline);
    expect(await pipeline.marks.get('throttled', tenantId)).toMatchObject({
      until: pipeline.clock.now() + 5 * minute,
      times: 1,
    });
    fault.error = undefined;
    fault.asked = 0;
    pipeline.clock.advance(5 * minute - 1);
    await listCycle(pipeline);
    expect(fault.asked).toBe(0);
    expect((await feedOf(pipeline, other))?.visitedAt).toBe(pipeline.clock.now());
    pipeline.clock.advance(1);
    await listCycle(pipeline);
    expect(fault.asked).toBeGreaterThan(0);
    expect((await tenantOf(pipeline))?.trouble).toBeUndefined();
  });

  test('of a tenant whose five feeds are throttled at once counts that once, for the longest time asked', async () => {
    const pipeline = await withTenants([{ contentTypes: [...contentTypes] }]);
    await listCycle(pipeline);
    pipeline.clock.advance(2 * minute);
    contentTypes.forEach((type, index) => {
      pipeline.api.failures.set(`list ${type} 2026-11-22T10:00:00`, [apiError('throttled', (index + 1) * minute)]);
    });
    await listCycle(pipeline);
    expect(await pipeline.marks.get('throttled', tenantId)).toMatchObject({
      until: pipeline.clock.now() + 5 * minute,
      times: 1,
    });
  });
});

describe('a tenant whose API hangs', () => {
  const ids = Array.from({ length: 33 }, (_none, n) => `${String(n).padStart(8, '0')}-2222-3333-4444-555555555555`);
  const hang = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });

  test('has a minute before its listings, and comes after the others in the next cycle', async () => {
    const pipeline = await withTenants(ids.map((id) => ({ tenantId: id })));
    const asked: string[] = [];
    pipeline.api.listSubscriptions = ({ tenantId: id }, signal) => {
      asked.push(id);
      return id === ids[32] ? Promise.resolve([{ contentType: 'Audit.Exchange', enabled: true }]) : hang(signal);
    };
    const began = pipeline.clock.now();
    await finish(pipeline.clock, listCycle(pipeline));
    expect(pipeline.clock.now() - began).toBeLessThan(3 * minute);
    expect((await feedOf(pipeline, ids[32]))?.state).toBe('active');
    expect(eventsOf(pipeline, 'listing-failed')[0]?.fields).toMatchObject({ kind: 'out-of-time' });
    expect((await tenantOf(pipeline, ids[0]))?.trouble).toBeUndefined();

    await pipeline.tenants.insert(activeTenant({ tenantId: other, contentTypes: ['Audit.Exchange'] }));
    asked.length = 0;
    await finish(pipeline.clock, listCycle(pipeline));
    expect(asked.slice(0, 16)).toContain(other);
  });

  test('is left alone for a minute and then two when it timed out, unless some of it answered', async () => {
    const pipeline = await withTenants([{ contentTypes: ['Audit.Exchange', 'DLP.All'] }]);
    pipeline.api.subscriptions.delete('DLP.All');
    pipeline.api.failures.set('start DLP.All', [apiError('permission-missing')]);
    await listCycle(pipeline);
    pipeline.clock.advance(15 * minute);
    pipeline.api.failures.set('subscriptions', [timeOut()]);
    await listCycle(pipeline);
    expect(eventsOf(pipeline, 'listing-failed')).toHaveLength(1);
    expect(await pipeline.marks.get('throttled', tenantId)).toBeUndefined();

    const fault = failFor(pipeline, tenantId);
    fault.error = timeOut();
    for (const pause of [minute, 2 * minute]) {
      pipeline.clock.advance(minute);
      await listCycle(pipeline);
      expect((await pipeline.marks.get('throttled', tenantId))?.until).toBe(pipeline.clock.now() + pause);
      pipeline.clock.advance(pause - minute);
    }
    expect((await feedOf(pipeline))?.visitedAt).toBe(pipeline.clock.now() - minute);
  });
});

describe('a feed that needs a look', () => {
  test('stops no active feed of its tenant when the look fails', async () => {
    const pipeline = await withTenants([{ contentTypes: ['Audit.Exchange', 'DLP.All'] }]);
    const exchange = newFeed({ tenantId, contentType: 'Audit.Exchange' });
    await pipeline.feeds.insert({ ...exchange, state: 'active' });
    await pipeline.feeds.insert({ ...exchange, contentType: 'DLP.All', state: 'permission-missing' });
    pipeline.api.failures.set('subscriptions', Array<Error>(99).fill(apiError('server-failed')));
    await cycles(pipeline, 6);
    expect((await feedOf(pipeline))?.position).toBe(pipeline.clock.now() - 2 * minute);
    expect(pipeline.api.calls.filter((call) => call === 'subscriptions')).toHaveLength(1);
  });

  test('asks nothing more of a tenant that is throttled', async () => {
    const pipeline = await withTenants([{ contentTypes: ['Audit.Exchange', 'DLP.All'] }]);
    await pipeline.feeds.insert({ ...newFeed({ tenantId, contentType: 'Audit.Exchange' }), state: 'active' });
    pipeline.api.failures.set('subscriptions', [apiError('throttled', 5 * minute)]);
    await listCycle(pipeline);
    expect(pipeline.api.calls).toEqual(['subscriptions']);
    pipeline.clock.advance(5 * minute);
    await listCycle(pipeline);
    expect((await feedOf(pipeline))?.position).toBe(pipeline.clock.now());
  });

  test('and gets none for ten days has a gap from the oldest hour that could be had to what still can', async () => {
    const consentedAt = Date.parse('2026-11-22T10:30:00Z');
    const pipeline = await withTenants([{ consentedAt }]);
    pipeline.api.failures.set('subscriptions', Array<Error>(9999).fill(apiError('server-failed')));
    await cycles(pipeline, 240, hourMs);
    const why = 'the tenant was active and the feed starting';
    expect((await feedOf(pipeline))?.gaps).toMatchObject([{ from: Date.parse('2026-11-15T12:00:00Z'), why }]);
    pipeline.api.failures.clear();
    await cycles(pipeline, 2);
    expect(await feedOf(pipeline)).toMatchObject({
      gaps: [{ from: Date.parse('2026-11-15T12:00:00Z'), to: Date.parse('2026-11-25T12:00:00Z'), why }],
      position: pipeline.clock.now() - 2 * minute,
    });
  });
});

describe('our own credential failing', () => {
  test('stops everything for a minute, changes no tenant and is said once', async () => {
    const ids = Array.from({ length: 40 }, (_none, n) => `${String(n).padStart(8, '0')}-2222-3333-4444-555555555555`);
    const pipeline = await withTenants(ids.map((id) => ({ tenantId: id, contentTypes: [...contentTypes] })));
    const before = await pipeline.tenants.all();
    let asked = 0;
    let broken = true;
    const { api } = pipeline;
    const listSubscriptions = api.listSubscriptions.bind(api);
    api.listSubscriptions = (tenant, signal) => {
      asked += 1;
      return broken ? Promise.reject(entra('credential-refused')) : listSubscriptions(tenant, signal);
    };
    await listCycle(pipeline);
    expect(eventsOf(pipeline, 'credential-failing')).toHaveLength(1);
    expect(await pipeline.tenants.all()).toEqual(before);
    // Those that had begun, and no others.
    expect(asked).toBeLessThanOrEqual(16);
    asked = 0;
    pipeline.clock.advance(minute - 1);
    await listCycle(pipeline);
    expect(asked).toBe(0);
    expect(eventsOf(pipeline, 'credential-failing')).toHaveLength(1);
    pipeline.clock.advance(1);
    await listCycle(pipeline);
    expect(eventsOf(pipeline, 'credential-failing')).toHaveLength(2);
    broken = false;
    pipeline.clock.advance(minute);
    await listCycle(pipeline);
    expect((await feedOf(pipeline, ids[39]))?.position).toBe(pipeline.clock.now());
  });

  test('in all feeds of one tenant at once is said once', async () => {
    const pipeline = await withTenants([{ contentTypes: [...contentTypes] }]);
    await listCycle(pipeline);
    pipeline.clock.advance(2 * minute);
    const trouble = await tenantOf(pipeline);
    pipeline.api.failures.set(
      'list',
      Array.from({ length: 5 }, () => entra('credential-refused')),
    );
    await listCycle(pipeline);
    expect(eventsOf(pipeline, 'credential-failing')).toHaveLength(1);
    expect(await tenantOf(pipeline)).toEqual(trouble);
  });

  test('does not keep open hours from being closed', async () => {
    const pipeline = await withTenants();
    pipeline.api.offer('Audit.Exchange', 'one', pipeline.clock.now() - hourMs, []);
    await cycles(pipeline, 4);
    emptyQueue(pipeline.queue);
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    await pipeline.marks.set('credential', 'entra', { until: pipeline.clock.now() + hourMs, times: 1, reason: 'x' });
    await listCycle(pipeline);
    expect(await pipeline.openHours.all()).toEqual([]);
  });
});

describe('the state of a tenant', () => {
  test('changes after three failures in a row over 30 minutes, and heals by itself', async () => {
    const pipeline = await withTenants();
    await listCycle(pipeline);
    const fault = failFor(pipeline, tenantId);
    fault.error = entra('consent-missing');
    const began = pipeline.clock.now();
    let changed: number | undefined;
    while (changed === undefined && pipeline.clock.now() < began + 2 * hourMs) {
      await listCycle(pipeline);
      if ((await tenantOf(pipeline))?.state === 'consent-withdrawn') changed = pipeline.clock.now();
      pipeline.clock.advance(2 * minute);
    }
    expect(changed).toBe(began + 30 * minute);
    expect(fault.asked).toBeGreaterThanOrEqual(3);
    expect(eventsOf(pipeline, 'tenant-state-changed')).toMatchObject([
      { fields: { tenantId, from: 'active', to: 'consent-withdrawn' } },
    ]);
    fault.error = undefined;
    await cycles(pipeline, 31);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active', trouble: undefined, nextCheckAt: undefined });
  });

  test('heals although one feed goes on failing', async () => {
    const trouble = { state: 'consent-withdrawn', since: 0, count: 9 } as const;
    const pipeline = await withTenants([
      { state: 'consent-withdrawn', trouble, contentTypes: ['Audit.Exchange', 'Audit.General'] },
    ]);
    pipeline.api.failures.set('list Audit.General 2026-11-22T10:00:00', [apiError('unreachable')]);
    await listCycle(pipeline);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active', trouble: undefined });
  });

  test('is audit-off at once, and stays so until a call has worked', async () => {
    const pipeline = await withTenants();
    pipeline.api.subscriptions.clear();
    pipeline.api.failures.set('start', Array<Error>(3).fill(apiError('audit-off')));
    const seen = new Set<string | undefined>();
    while (pipeline.api.calls.filter((call) => call.startsWith('start')).length < 3) {
      await listCycle(pipeline);
      seen.add((await tenantOf(pipeline))?.state);
      pipeline.clock.advance(2 * minute);
    }
    expect([...seen]).toEqual(['audit-off']);
    await cycles(pipeline, 40);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'active', trouble: undefined });
  });

  test('does not heal by a listing that was broken off', async () => {
    const trouble = { state: 'gone', since: 0, count: 9 } as const;
    const pipeline = await withTenants([{ state: 'gone', trouble }]);
    pipeline.api.failures.set('list', [
      () => {
        pipeline.clock.advance(minute);
        return new Promise((_resolve, reject) => {
          setImmediate(() => {
            reject(new Error('broken off'));
          });
        });
      },
    ]);
    await listCycle(pipeline);
    expect(await tenantOf(pipeline)).toMatchObject({ state: 'gone' });
  });

  test('that an operator changes meanwhile is the operator’s', async () => {
    const pipeline = await withTenants([{ state: 'waiting' }]);
    pipeline.api.failures.set('subscriptions', [
      async () => {
        const stored = await pipeline.tenants.get(tenantId);
        if (stored) await pipeline.tenants.replace({ ...stored.value, state: 'paused' }, stored.etag);
      },
    ]);
    await listCycle(pipeline);
    expect((await tenantOf(pipeline))?.state).toBe('paused');
    expect(eventsOf(pipeline, 'tenant-state-changed')).toEqual([]);
  });
});

describe('Close', () => {
  test('looks at all open hours in every fifth cycle, whether or not the tenant can be listed', async () => {
    const pipeline = await withTenants();
    pipeline.api.offer('Audit.Exchange', 'one', pipeline.clock.now() - hourMs, []);
    await listCycle(pipeline);
    emptyQueue(pipeline.queue);
    failFor(pipeline, tenantId).error = entra('tenant-gone');
    pipeline.clock.advance(hourMs);
    await cycles(pipeline, 3);
    expect(queuedIds(pipeline.queue)).toEqual([]);
    await cycles(pipeline, 1);
    expect(queuedIds(pipeline.queue)).toEqual(['one']);
  });

  test('looks at a feed at its bound in every cycle, so that it goes on as soon as it can', async () => {
    const pipeline = await withTenants();
    pipeline.api.offer('Audit.Exchange', 'one', pipeline.clock.now() - hourMs, []);
    await listCycle(pipeline);
    const [feed] = await pipeline.feeds.ofTenant(tenantId);
    if (feed) await pipeline.feeds.replace({ ...feed.value, openContents: 2000 }, feed.etag);
    pipeline.clock.advance(2 * minute);
    await listCycle(pipeline);
    expect((await feedOf(pipeline))?.openContents).toBe(1);
  });

  test('still has its turn when listing takes all the time that it may', async () => {
    const pipeline = await withTenants();
    pipeline.api.offer('Audit.Exchange', 'one', pipeline.clock.now() - hourMs, []);
    await cycles(pipeline, 4);
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    for (let n = 0; n < 16 * 9; n += 1) {
      const id = `${String(n).padStart(8, '0')}-2222-3333-4444-555555555555`;
      await pipeline.tenants.insert(activeTenant({ tenantId: id, contentTypes: ['Audit.Exchange'] }));
    }
    let begun = 0;
    pipeline.api.listSubscriptions = async (_tenant, signal) => {
      begun += 1;
      await pipeline.clock.sleep(hourMs, signal);
      return [];
    };
    await finish(pipeline.clock, listCycle(pipeline));
    expect(begun).toBeLessThan(16 * 8);
    expect(await pipeline.openHours.all()).toEqual([]);
    expect(eventsOf(pipeline, 'tenant-state-changed')).toEqual([]);
  });

  test('breaks hours off after seven minutes, so that gaps are shown, and feeds after eight', async () => {
    const tables = createMemoryTables();
    let slow = false;
    let hoursRead = 0;
    let written = 0;
    const meddled = meddledTables(tables, {
      before: (call) => {
        if (slow && call === 'get hours202611' && (hoursRead += 1) === 1) pipeline.clock.advance(7 * minute);
        if (!slow || call !== 'replace feeds') return;
        written += 1;
        pipeline.clock.advance(minute);
      },
    });
    const pipeline = await withTenants([{ state: 'paused' }], { tables: meddled });
    const feed = newFeed({ tenantId, contentType: 'Audit.Exchange' });
    const position = pipeline.clock.now() - 24 * hourMs;
    for (let n = 0; n < 40; n += 1) {
      const id = `${String(n).padStart(8, '0')}-2222-3333-4444-555555555555`;
      await pipeline.tenants.insert(activeTenant({ tenantId: id, state: 'paused', contentTypes: ['Audit.Exchange'] }));
      await pipeline.feeds.insert({ ...feed, tenantId: id, state: 'active', position });
      await pipeline.openHours.touch({ tenantId: id, contentType: 'Audit.Exchange' }, '2026-11-22T01');
    }
    await cycles(pipeline, 4);
    slow = true;
    await listCycle(pipeline);
    expect(hoursRead).toBeLessThanOrEqual(8);
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThanOrEqual(8);
  });

  test('asks for no hours of long ago because of a feed that was never listed', async () => {
    let asked: string[] = [];
    const tables = meddledTables(createMemoryTables(), { before: (call) => void asked.push(call) });
    const pipeline = await withTenants([{ state: 'paused' }], { tables });
    const position = Date.parse('2026-11-22T09:00:00Z');
    await pipeline.feeds.insert({ ...newFeed({ tenantId, contentType: 'DLP.All' }), position });
    for (let day = 0; day < 60; day += 1) {
      asked = [];
      await cycles(pipeline, 5, (24 / 5) * hourMs);
    }
    expect(asked).toContain('query hours202701');
    expect(asked).not.toContain('query hours202611');
    const end = Date.parse('2027-01-21T03:00:00Z');
    expect((await feedOf(pipeline))?.gaps).toMatchObject([{ from: position, to: end }]);
  });

  test('shows a gap while a tenant is not listed, and takes it back when the hours are listed in time', async () => {
    const pipeline = await withTenants();
    await listCycle(pipeline);
    const setState = async (state: 'paused' | 'active'): Promise<void> => {
      const stored = await pipeline.tenants.get(tenantId);
      if (stored) await pipeline.tenants.replace({ ...stored.value, state }, stored.etag);
    };
    await setState('paused');
    await cycles(pipeline, 34, 10 * minute);
    expect((await feedOf(pipeline))?.gaps).toMatchObject([
      { from: Date.parse('2026-11-22T10:00:00Z'), why: 'the tenant was paused and the feed active' },
    ]);
    await setState('active');
    await cycles(pipeline, 2, 10 * minute);
    expect((await feedOf(pipeline))?.gaps).toEqual([]);
  });
});
