import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, tenantId } from '../../support/test-pipeline.ts';
import { cycles, entra, eventsOf, failFor, feedOf, minute, other, withTenants } from './cycle-fixture.ts';
import { finish } from './forwarding.ts';
import { changeRows, emptyQueue, queuedIds } from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

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

  test('goes on counting the contents of other feeds while an hour of one cannot be looked at', async () => {
    const tables = meddledTables(createMemoryTables(), {
      before: (call) => {
        if (call === 'query ledger202610') throw new StorageError('The table did not answer in time; try again.');
      },
    });
    const pipeline = await withTenants([{}, { tenantId: other }], { tables });
    const hour = '2026-10-31T23';
    const broken = { tenantId, contentType: 'Audit.Exchange' } as const;
    for (const id of [tenantId, other]) {
      await pipeline.feeds.insert({ ...newFeed({ ...broken, tenantId: id }), state: 'active', openContents: 2000 });
    }
    await pipeline.openHours.touch(broken, hour);
    await pipeline.hours.insert(broken, { hour, listedAt: 0, listedTo: 0, hash: 'x', open: true, sums: undefined });
    await expect(cycles(pipeline, 1)).rejects.toThrow('did not answer');
    expect((await feedOf(pipeline, other))?.openContents).toBe(0);
    expect((await feedOf(pipeline, tenantId))?.openContents).toBe(2000);
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
    const pipeline = await withTenants([{ state: 'paused', contentTypes: ['DLP.All'] }], { tables });
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

  test.each([
    ['credential', 'entra', 'AADSTS7000215: the secret is wrong.'],
    ['throttled', tenantId, 'The Activity API did not answer.'],
  ] as const)('shows a gap that names the mark %s', async (kind, key, reason) => {
    const pipeline = await withTenants();
    await listCycle(pipeline);
    for (let n = 0; n < 40; n += 1) {
      await pipeline.marks.set(kind, key, { until: pipeline.clock.now() + hourMs, times: 1, reason });
      await cycles(pipeline, 1, 6 * minute);
    }
    const why = `the tenant was active and the feed active: ${reason}`;
    expect((await feedOf(pipeline))?.gaps).toMatchObject([{ why }]);
  });
});
