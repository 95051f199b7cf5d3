import { describe, expect, test } from 'vitest';

import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { stopFeed } from '../../../shared/pipeline/stop-feed.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { offBoard } from '../../../shared/tenants/off-board.ts';
import { apiError, timeOut } from '../../support/fake-activity-api.ts';
import { activeTenant, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { cycles, entra, eventsOf, feedOf, minute, tenantOf } from './cycle-fixture.ts';
import { collecting, isHere, leaving, stops } from './leaving-fixture.ts';
import { never } from './listing-fixture.ts';

const day = 24 * 60 * minute;

/** The next so many stops fail, whatever the content type. */
const failStops = (pipeline: TestPipeline, error: Error, times: number): void => {
  pipeline.api.failures.set('stop', Array.from<Error>({ length: times }).fill(error));
};

describe('a stop that fails because we have no access to the tenant any more', () => {
  test.each([
    entra('consent-missing'),
    entra('roles-missing'),
    entra('app-disabled'),
    entra('tenant-gone'),
    entra('service-missing'),
    apiError('permission-missing'),
    apiError('audit-off'),
  ])('$message keeps nobody', async (error) => {
    const pipeline = await leaving(0, 'drain');
    failStops(pipeline, error, 2);
    await listCycle(pipeline);
    expect(pipeline.api.calls).toEqual(stops);
    expect(await isHere(pipeline)).toBe(false);
    expect(eventsOf(pipeline, 'subscription-not-stopped')).toHaveLength(2);
  });
});

describe('a stop that fails for another reason', () => {
  test.each([
    apiError('unreachable'),
    apiError('server-failed'),
    apiError('rejected'),
    timeOut(),
    entra('unreachable'),
  ])('$message is tried again after a minute, and only for the content type that is left', async (error) => {
    const pipeline = await leaving(0, 'drain');
    pipeline.api.failures.set(stops[1] ?? '', [error]);
    await listCycle(pipeline);
    expect(await tenantOf(pipeline)).toMatchObject({
      state: 'leaving',
      trouble: { state: 'leaving', since: pipeline.clock.now(), count: 1 },
    });
    expect((await pipeline.feeds.all()).map(({ value }) => value.state)).toEqual(['stopped', 'active']);
    pipeline.clock.advance(minute - 1);
    await listCycle(pipeline);
    expect(pipeline.api.calls).toEqual(stops);
    pipeline.clock.advance(1);
    await listCycle(pipeline);
    expect(pipeline.api.calls).toEqual([...stops, stops[1]]);
    expect(await isHere(pipeline)).toBe(false);
  });

  test('is tried less and less often, up to once an hour, and given up after a day, which is said', async () => {
    const pipeline = await leaving(0, 'drain');
    failStops(pipeline, apiError('server-failed'), 1000);
    const begun = pipeline.clock.now();
    await cycles(pipeline, (day - 2 * minute) / (2 * minute));
    expect(await isHere(pipeline)).toBe(true);
    expect(eventsOf(pipeline, 'subscriptions-left-behind')).toEqual([]);
    await cycles(pipeline, 60);
    expect(await isHere(pipeline)).toBe(false);
    expect(pipeline.clock.now() - begun).toBeLessThan(day + 2 * 60 * minute);
    expect(eventsOf(pipeline, 'subscriptions-left-behind')).toMatchObject([
      { level: 'error', fields: { tenantId, subscriptions: 2, error: 'The API said server-failed.' } },
    ]);
    const tries = pipeline.api.calls.length / 2;
    expect(tries).toBeGreaterThanOrEqual(24 + 5);
    expect(tries).toBeLessThanOrEqual(24 + 7);
  });

  test('as throttled is not tried before the pause that Microsoft asked for is over', async () => {
    const pipeline = await leaving(0, 'drain');
    failStops(pipeline, apiError('throttled', 10 * minute), 2);
    await listCycle(pipeline);
    pipeline.clock.advance(10 * minute - 1);
    await listCycle(pipeline);
    expect(pipeline.api.calls).toHaveLength(2);
    pipeline.clock.advance(1);
    await listCycle(pipeline);
    expect(await isHere(pipeline)).toBe(false);
  });

  test('by our own credential changes nothing about the tenant, however long it lasts', async () => {
    const pipeline = await leaving(0, 'drain');
    const before = await tenantOf(pipeline);
    failStops(pipeline, entra('credential-refused'), 2);
    await listCycle(pipeline);
    expect(eventsOf(pipeline, 'credential-failing')).toHaveLength(1);
    expect(await tenantOf(pipeline)).toEqual(before);
    await listCycle(pipeline);
    expect(pipeline.api.calls).toHaveLength(2);
    pipeline.clock.advance(2 * day);
    failStops(pipeline, entra('credential-refused'), 2);
    await listCycle(pipeline);
    expect(await tenantOf(pipeline)).toEqual(before);
    pipeline.clock.advance(minute);
    await listCycle(pipeline);
    expect(await isHere(pipeline)).toBe(false);
  });

  test('is not given up because of a day spent before it was told to leave', async () => {
    const pipeline = await collecting(0);
    const trouble = { state: 'audit-off', since: pipeline.clock.now() - 2 * day, count: 9 } as const;
    const stored = await pipeline.tenants.get(tenantId);
    if (stored) await pipeline.tenants.replace({ ...stored.value, trouble }, stored.etag);
    await offBoard(pipeline, tenantId, 'drain', 'Alex');
    failStops(pipeline, apiError('server-failed'), 2);
    await listCycle(pipeline);
    expect(await isHere(pipeline)).toBe(true);
  });
});

test('stops that take longer than a minute are broken off, and tried again', async () => {
  const pipeline = await leaving(0, 'drain');
  pipeline.api.stopSubscription = (_tenant, _contentType, signal) => pipeline.clock.sleep(2 * minute, signal);
  const cycle = listCycle(pipeline);
  await pipeline.clock.asleep(2 * minute);
  pipeline.clock.advance(minute);
  await cycle;
  expect(await tenantOf(pipeline)).toMatchObject({ state: 'leaving', trouble: { count: 1 } });
});

test('a feed that is stopped already is not asked for again', async () => {
  const pipeline = await collecting(0);
  const [feed] = await pipeline.feeds.ofTenant(tenantId);
  if (feed === undefined) throw new Error('There is no feed.');
  const stopped = await stopFeed(pipeline, activeTenant(), feed, never);
  expect(stopped.value).toMatchObject({ state: 'stopped', detail: undefined });
  expect(await feedOf(pipeline)).toEqual(stopped.value);
  expect(await stopFeed(pipeline, activeTenant(), stopped, never)).toBe(stopped);
  expect(pipeline.api.calls.filter((call) => call.startsWith('stop'))).toHaveLength(1);
});

test('storage that fails is no failure of the stop', async () => {
  const pipeline = await leaving(0, 'drain');
  const before = await tenantOf(pipeline);
  const replace = (): Promise<string> => Promise.reject(new StorageError('Storage is down.'));
  await expect(listCycle({ ...pipeline, feeds: { ...pipeline.feeds, replace } })).rejects.toThrow('Storage is down.');
  expect(await tenantOf(pipeline)).toEqual(before);
});
