import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { shownGaps, stopReasons, stopsFrom, stopsUntil } from '../../../shared/pipeline/feed-stops.ts';
import { finishLeaving } from '../../../shared/pipeline/leaving.ts';
import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { forgetOldMonths } from '../../../shared/pipeline/retention.ts';
import type { Feed } from '../../../shared/state/feeds.ts';
import { describeFeeds } from '../../../shared/tenants/describe-tenant.ts';
import { offBoard } from '../../../shared/tenants/off-board.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { activeTenant, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { cycles, feedOf, minute, withTenants } from './cycle-fixture.ts';
import { feed } from './listing-fixture.ts';

/** The operator collects these types of the tenant from now on. */
async function choose(pipeline: TestPipeline, contentTypes: readonly Feed['contentType'][]): Promise<void> {
  const stored = await pipeline.tenants.get(tenantId);
  if (stored) await pipeline.tenants.replace({ ...stored.value, contentTypes }, stored.etag);
}

const other = 'Audit.General';

/** A tenant with two types that are collected, of which the first is switched off. @returns when that took effect */
async function switchedOff(): Promise<{ pipeline: TestPipeline; from: number }> {
  const pipeline = await withTenants([{ contentTypes: [feed.contentType, other] }]);
  await cycles(pipeline, 2);
  await choose(pipeline, [other]);
  const from = pipeline.clock.now();
  await listCycle(pipeline);
  return { pipeline, from };
}

const gapsShown = async (pipeline: TestPipeline) => {
  const tenant = await pipeline.tenants.get(tenantId);
  const feeds = tenant === undefined ? [] : await describeFeeds(pipeline, tenant.value);
  return feeds.find(({ contentType }) => contentType === feed.contentType)?.gaps;
};

describe('a content type that is switched off', () => {
  test('and on again has a gap of that time, for good', async () => {
    const { pipeline, from } = await switchedOff();
    pipeline.clock.advance(5 * hourMs);
    await choose(pipeline, [feed.contentType, other]);
    const to = pipeline.clock.now();
    await cycles(pipeline, 3);
    const gap = { from, to, why: stopReasons.switchedOff };
    expect(await gapsShown(pipeline)).toEqual([gap]);
    await cycles(pipeline, 20, hourMs);
    expect(await gapsShown(pipeline)).toEqual([gap]);
  });

  test('has one that goes on as long as it is off', async () => {
    const { pipeline, from } = await switchedOff();
    pipeline.clock.advance(hourMs);
    await listCycle(pipeline);
    expect(await gapsShown(pipeline)).toEqual([{ from, to: pipeline.clock.now(), why: stopReasons.switchedOff }]);
  });

  test('has one from the first try on if Microsoft did not answer it: it may have been carried out', async () => {
    const pipeline = await withTenants([{ contentTypes: [feed.contentType, other] }]);
    await cycles(pipeline, 2);
    await choose(pipeline, [other]);
    const from = pipeline.clock.now();
    pipeline.api.failures.set('stop', [apiError('server-failed')]);
    await cycles(pipeline, 3);
    expect((await feedOf(pipeline))?.state).toBe('stopped');
    expect((await feedOf(pipeline))?.stops).toEqual([{ from, why: stopReasons.switchedOff }]);
  });

  test('has none if it is switched on before Microsoft carried out what was asked for', async () => {
    const pipeline = await withTenants([{ contentTypes: [feed.contentType, other] }]);
    await cycles(pipeline, 2);
    await choose(pipeline, [other]);
    pipeline.api.failures.set('stop', [apiError('server-failed')]);
    await listCycle(pipeline);
    await choose(pipeline, [feed.contentType, other]);
    await cycles(pipeline, 3);
    expect(pipeline.api.subscriptions).toContain(feed.contentType);
    expect((await feedOf(pipeline))?.stops).toEqual([]);
    expect(await gapsShown(pipeline)).toEqual([]);
  });
});

describe('a customer that is off-boarded and added again', () => {
  /** @returns when its subscriptions were stopped */
  async function offBoarded(pipeline: TestPipeline): Promise<number> {
    await cycles(pipeline, 2);
    await offBoard(pipeline, tenantId, 'drop', 'Alex');
    const from = pipeline.clock.now();
    await listCycle(pipeline);
    expect(await pipeline.tenants.get(tenantId)).toBeUndefined();
    return from;
  }

  test('has a gap of the time between', async () => {
    const pipeline = await withTenants();
    const from = await offBoarded(pipeline);
    pipeline.clock.advance(30 * hourMs);
    await pipeline.tenants.insert(activeTenant({ contentTypes: [feed.contentType] }));
    const to = pipeline.clock.now();
    await cycles(pipeline, 2);
    expect(await gapsShown(pipeline)).toContainEqual({ from, to, why: stopReasons.offBoarded });
  });

  test('still misses what was out of reach, or never listed, before that', async () => {
    const pipeline = await withTenants();
    await cycles(pipeline, 2);
    const listedTo = (await feedOf(pipeline))?.position ?? 0;
    const stored = await pipeline.tenants.get(tenantId);
    if (stored) await pipeline.tenants.replace({ ...stored.value, state: 'paused' }, stored.etag);
    await cycles(pipeline, 10, 24 * hourMs);
    await offBoard(pipeline, tenantId, 'drop', 'Alex');
    const from = pipeline.clock.now();
    await listCycle(pipeline);
    pipeline.clock.advance(9 * 24 * hourMs);
    await pipeline.tenants.insert(activeTenant({ contentTypes: [feed.contentType] }));
    const to = pipeline.clock.now();
    await cycles(pipeline, 2);
    let lostTo = listedTo;
    for (const gap of (await gapsShown(pipeline)) ?? []) if (gap.from <= lostTo) lostTo = Math.max(lostTo, gap.to);
    expect(lostTo).toBeGreaterThanOrEqual(to);
    expect(await gapsShown(pipeline)).toContainEqual({ from, to, why: stopReasons.offBoarded });
  });

  test('is not seen off while it is still being listed', async () => {
    const pipeline = await withTenants();
    await cycles(pipeline, 2);
    await offBoard(pipeline, tenantId, 'drain', 'Alex');
    const never = new AbortController().signal;
    await finishLeaving(pipeline, never, (id) => id === tenantId);
    expect(await pipeline.tenants.get(tenantId)).toBeDefined();
    await finishLeaving(pipeline, never);
    expect(await pipeline.tenants.get(tenantId)).toBeUndefined();
  });

  test('is remembered as long as its hours are', async () => {
    const pipeline = await withTenants();
    await offBoarded(pipeline);
    pipeline.clock.advance(Date.parse('2026-12-31T00:00:00Z') - 1 - pipeline.clock.now());
    await forgetOldMonths(pipeline);
    expect(await pipeline.leftFeeds.all()).toHaveLength(1);
    pipeline.clock.advance(1);
    await forgetOldMonths(pipeline);
    expect(await pipeline.leftFeeds.all()).toEqual([]);
  });
});

test('a subscription that vanished has a gap from the last listing that worked to its start', async () => {
  const pipeline = await withTenants();
  await cycles(pipeline, 2);
  const from = pipeline.clock.now() - 2 * minute;
  pipeline.api.subscriptions.clear();
  pipeline.api.failures.set('list', [apiError('no-subscription'), apiError('no-subscription')]);
  pipeline.clock.advance(20 * minute);
  await listCycle(pipeline);
  const to = pipeline.clock.now();
  await cycles(pipeline, 2);
  expect((await feedOf(pipeline))?.state).toBe('active');
  const [stop] = (await feedOf(pipeline))?.stops ?? [];
  expect(stop).toMatchObject({ from, why: stopReasons.vanished });
  expect(stop?.to).toBeGreaterThanOrEqual(to);
});

describe('the stops of a feed', () => {
  const why = 'for a test';

  test('that goes on is not begun again, and ends once', () => {
    const begun = stopsFrom({ stops: [] }, 1000, why);
    expect(stopsFrom({ stops: begun }, 2000, 'another')).toEqual([{ from: 1000, why }]);
    const ended = stopsUntil({ stops: begun }, 3000);
    expect(ended).toEqual([{ from: 1000, to: 3000, why }]);
    expect(stopsUntil({ stops: ended }, 4000)).toEqual(ended);
  });

  test('of an operator who cannot decide stay few: the oldest become one', () => {
    let stops: Feed['stops'] = [];
    for (let n = 0; n < 500; n += 1) stops = stopsUntil({ stops: stopsFrom({ stops }, n * 10, why) }, n * 10 + 5);
    expect(stops.length).toBeLessThanOrEqual(101);
    expect(stops[0]).toMatchObject({ from: 0 });
    expect(stops.at(-1)).toEqual({ from: 4990, to: 4995, why });
  });

  test('are shown among the gaps, by when they began; one that goes on until now', () => {
    const gap = { from: 50, to: 60, why: 'late' };
    const stops = [
      { from: 10, to: 20, why },
      { from: 70, why },
    ];
    expect(shownGaps({ gaps: [gap], stops }, 90)).toEqual([stops[0], gap, { from: 70, to: 90, why }]);
  });
});
