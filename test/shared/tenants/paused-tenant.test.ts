import { describe, expect, test } from 'vitest';

import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { afterConsent } from '../../../shared/pipeline/tenant-trouble.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { tenantId } from '../../support/test-pipeline.ts';
import { cycles, feedOf, minute, tenantOf, withTenants } from '../pipeline/cycle-fixture.ts';
import { calls, change, told } from './operator.ts';

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
