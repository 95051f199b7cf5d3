import { expect, it } from 'vitest';

import { contentTypes } from '../../../shared/activity-api/content-types.ts';
import { endOfHour, hourMs, hourOf } from '../../../shared/activity-api/hours.ts';
import { readDay, viewTenant } from '../../../shared/console/tenant-view.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, createTestPipeline, tenantId } from '../../support/test-pipeline.ts';
import { parkedRow } from '../../functions/parked-rows.ts';
import { meddledTables } from '../pipeline/meddled-tables.ts';
import { span } from './pages/picture-fixture.ts';

/** A tenant with seven days of five feeds, of which some hours hold something parked. @returns what its view reads */
async function readsWith(parkedHours: number): Promise<string[]> {
  const reads: string[] = [];
  const tables = meddledTables(createMemoryTables(), { before: (call) => void reads.push(call) });
  const pipeline = createTestPipeline({ tables });
  const now = pipeline.clock.now();
  const tenant = activeTenant();
  await pipeline.tenants.insert(tenant);
  for (const contentType of contentTypes) {
    const feed = { tenantId, contentType };
    for (let ago = 0; ago < 167; ago += 1) {
      const hour = hourOf(now - ago * hourMs);
      const open = ago < parkedHours;
      const sums = {
        contents: { queued: 0, delivered: 1, parked: 0, lost: 0 },
        records: { delivered: 1, duplicates: 0, parked: 0 },
      };
      const listedTo = endOfHour(hour);
      await pipeline.hours.insert(feed, {
        hour,
        listedAt: now,
        listedTo,
        hash: 'x',
        open,
        sums: open ? undefined : sums,
      });
      if (!open) continue;
      await pipeline.ledger.insert(feed, hour, [parkedRow(`${hour} ${contentType}`, now)]);
      await pipeline.openHours.touch(feed, hour);
    }
  }
  reads.length = 0;
  const view = await viewTenant(pipeline, tenant);
  expect(view.account.flatMap(({ hours }) => hours)).toHaveLength(5 * 167);
  expect(view.parked).toHaveLength(5 * parkedHours);
  return reads;
}

it('reads an hour that has something open once, and no other', async () => {
  const quiet = await readsWith(0);
  expect(quiet.filter((call) => call.startsWith('query ledger'))).toEqual([]);
  expect(quiet.length).toBeLessThanOrEqual(21);
  expect(await readsWith(12)).toHaveLength(quiet.length + 5 * 12);
});

it.each(['2026-11-15', '2026-11-20', '2026-11-22'])('tells %s, a day of the picture', (day) => {
  expect(readDay(day, span)).toBe(day);
});

it('asks for no day when none is named', () => {
  expect(readDay(null, span)).toBeUndefined();
});

it.each(['2026-11-14', '2026-11-23', '2026-11-31', '20261122', '22 Nov', ''])('refuses %j', (day) => {
  expect(() => readDay(day, span)).toThrow(expect.objectContaining({ status: 400, code: 'invalid_day' }));
});
