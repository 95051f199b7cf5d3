import { describe, expect, test } from 'vitest';

import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { tenantId } from '../../support/test-pipeline.ts';
import { cycles, minute, tenantOf, withTenants } from '../pipeline/cycle-fixture.ts';
import { calls, change, told } from './operator.ts';

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
