import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { tenantId } from '../../support/test-pipeline.ts';
import { cycles, entra, eventsOf, failFor, minute, tenantOf, withTenants } from './cycle-fixture.ts';

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
