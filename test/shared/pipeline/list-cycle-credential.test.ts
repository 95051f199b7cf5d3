import { describe, expect, test } from 'vitest';

import { contentTypes } from '../../../shared/activity-api/content-types.ts';
import { hourMs } from '../../../shared/activity-api/hours.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { cycles, entra, eventsOf, feedOf, minute, tenantOf, withTenants } from './cycle-fixture.ts';
import { changeRows, emptyQueue } from './listing-fixture.ts';

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
