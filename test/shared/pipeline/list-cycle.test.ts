import { describe, expect, test } from 'vitest';

import { contentTypes } from '../../../shared/activity-api/content-types.ts';
import { hourMs } from '../../../shared/activity-api/hours.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { apiError, timeOut } from '../../support/fake-activity-api.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, tenantId } from '../../support/test-pipeline.ts';
import { cycles, entra, eventsOf, failFor, feedOf, minute, other, tenantOf, withTenants } from './cycle-fixture.ts';
import { finish } from './forwarding.ts';
import { queuedIds } from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

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

  test('comes to tenants with a backlog last, unless they have waited for a quarter of an hour', async () => {
    const ids = Array.from({ length: 20 }, (_none, n) => `${String(n).padStart(8, '0')}-2222-3333-4444-555555555555`);
    const pipeline = await withTenants(ids.map((id) => ({ tenantId: id })));
    const minutesAgo = [20, 15, 14, 5, ...Array<number>(16).fill(2)];
    for (const [index, id] of ids.entries()) {
      const feed = newFeed({ tenantId: id, contentType: 'Audit.Exchange' });
      const visitedAt = pipeline.clock.now() - (minutesAgo[index] ?? 0) * minute;
      await pipeline.feeds.insert({ ...feed, visitedAt, openContents: index < 4 ? 500 : 499 });
    }
    const asked: string[] = [];
    pipeline.api.listSubscriptions = ({ tenantId: id }) => {
      asked.push(id);
      return Promise.reject(entra('credential-refused'));
    };
    await listCycle(pipeline);
    // Sixteen are begun at once; of those with a backlog only the two that waited too long are among them.
    expect(asked.toSorted()).toEqual([...ids.slice(0, 2), ...ids.slice(4, 18)]);
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
    const why = 'the tenant was active and the feed starting: The API said server-failed.';
    expect((await feedOf(pipeline))?.gaps).toMatchObject([{ from: Date.parse('2026-11-15T12:00:00Z'), why }]);
    pipeline.api.failures.clear();
    await cycles(pipeline, 2);
    expect(await feedOf(pipeline)).toMatchObject({
      gaps: [{ from: Date.parse('2026-11-15T12:00:00Z'), to: Date.parse('2026-11-25T12:00:00Z'), why }],
      position: pipeline.clock.now() - 2 * minute,
    });
  });
});
