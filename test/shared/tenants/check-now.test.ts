import { describe, expect, test } from 'vitest';

import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { checkNow } from '../../../shared/tenants/check-now.ts';
import { tenantId } from '../../support/test-pipeline.ts';
import { cycles, feedOf, minute, tenantOf, withTenants } from '../pipeline/cycle-fixture.ts';
import { calls, told } from './operator.ts';

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
