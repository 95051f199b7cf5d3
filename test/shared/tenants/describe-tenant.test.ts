import { describe, expect, test } from 'vitest';

import { hourMs } from '../../../shared/activity-api/hours.ts';
import { newFeed } from '../../../shared/state/feeds.ts';
import type { Tenant } from '../../../shared/state/tenants.ts';
import { describeFeeds } from '../../../shared/tenants/describe-tenant.ts';
import { activeTenant, createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { listed, markDown } from '../pipeline/closing-fixture.ts';
import { changeRows, close, feed, hour, hourStart } from '../pipeline/listing-fixture.ts';

const tenant = activeTenant({ contentTypes: [feed.contentType] });

async function describeFeed(pipeline: TestPipeline) {
  const [description] = await describeFeeds(pipeline, tenant);
  if (description === undefined) throw new Error('There is no feed.');
  return description;
}

describe('a feed', () => {
  test('that was never looked at is described all the same, every content type of the tenant in its order', async () => {
    const feeds = await describeFeeds(createTestPipeline(), activeTenant());
    expect(feeds.map(({ contentType }) => contentType)).toEqual(activeTenant().contentTypes);
    expect(feeds[0]).toMatchObject({
      state: 'starting',
      position: undefined,
      lagSeconds: undefined,
      lagReason: undefined,
      contents: { queued: 0, delivered: 0, parked: 0, lost: 0 },
    });
  });

  test('that was switched off is stopped at once, however long ago it was listed, and delivers what is open', async () => {
    const pipeline = await listed(1);
    const stored = (await pipeline.feeds.ofTenant(feed.tenantId)).find(
      ({ value }) => value.contentType === feed.contentType,
    );
    const row = { ...(stored?.value ?? newFeed(feed)), state: 'active', detail: 'Something is wrong.' } as const;
    await (stored ? pipeline.feeds.replace(row, stored.etag) : pipeline.feeds.insert(row));
    const off = activeTenant({ contentTypes: ['DLP.All'] });
    const described = await describeFeeds(pipeline, off);
    expect(described.map(({ contentType, state }) => [contentType, state])).toEqual([
      [feed.contentType, 'stopped'],
      ['DLP.All', 'starting'],
    ]);
    expect(described[0]).toMatchObject({ contents: { queued: 1 } });
    expect(described[0]?.lagReason).toMatch(/^A content of .* is queued/);
    await changeRows(pipeline, { state: 'delivered', owed: [] });
    const [settled] = await describeFeeds(pipeline, off);
    expect(settled).toMatchObject({ state: 'stopped', lagSeconds: undefined, lagReason: undefined });
  });

  test('that is switched on again is starting, although its subscription is stopped', async () => {
    const pipeline = createTestPipeline();
    await pipeline.feeds.insert({ ...newFeed(feed), state: 'stopped' });
    expect(await describeFeed(pipeline)).toMatchObject({ state: 'starting' });
  });

  test('counts rows of open hours by what became of them, waiting ones as queued', async () => {
    const pipeline = await listed(5);
    const { contents } = await pipeline.ledger.hour(feed, hour);
    const states = ['queued', 'waiting', 'delivered', 'parked', 'lost'] as const;
    const record = {
      contentId: '',
      state: 'parked' as const,
      destination: 'soc',
      ordinal: 1,
      recordId: 'r',
      reason: 'It is refused.',
      firstSeen: 0,
    };
    await pipeline.ledger.replace(
      feed,
      hour,
      contents.map(({ value, etag }, index) => ({
        value: {
          ...value,
          state: states[index] ?? 'queued',
          records: index === 2 ? { delivered: 7, duplicates: 3, parked: 0 } : value.records,
        },
        etag,
        parkedRecords: index === 3 ? [{ ...record, contentId: value.id }] : [],
      })),
    );
    expect(await describeFeed(pipeline)).toMatchObject({
      contents: { queued: 2, delivered: 1, parked: 1, lost: 1 },
      records: { delivered: 7, duplicates: 3, parked: 1 },
    });
  });

  test('counts the same before and after its hours are closed', async () => {
    const pipeline = await listed(3);
    await changeRows(pipeline, { state: 'delivered', owed: [], records: { delivered: 4, duplicates: 1, parked: 0 } });
    const before = await describeFeed(pipeline);
    await close(pipeline);
    expect((await pipeline.hours.get(feed, hour))?.value.open).toBe(false);
    expect(await describeFeed(pipeline)).toEqual(before);
    expect(before).toMatchObject({ contents: { delivered: 3 }, records: { delivered: 12, duplicates: 3 } });
  });

  test('lags by its position when everything listed is settled', async () => {
    const pipeline = createTestPipeline();
    await pipeline.feeds.insert({ ...newFeed(feed), state: 'active', position: pipeline.clock.now() - 90_000 });
    expect(await describeFeed(pipeline)).toMatchObject({ lagSeconds: 90, lagReason: undefined });
  });

  test('lags by the oldest content that is not settled, when that is older', async () => {
    const pipeline = await listed(3);
    await pipeline.feeds.insert({ ...newFeed(feed), state: 'active', position: pipeline.clock.now() });
    expect(await describeFeed(pipeline)).toMatchObject({
      lagSeconds: (pipeline.clock.now() - hourStart) / 1000,
      lagReason: 'A content of 2026-11-22 09:00 UTC is queued.',
    });
    await changeRows(pipeline, { lastError: 'The destination soc is down.' });
    expect((await describeFeed(pipeline)).lagReason).toBe(
      'A content of 2026-11-22 09:00 UTC is not delivered yet: The destination soc is down.',
    );
  });

  test('lags by its position when that is older than what is queued', async () => {
    const pipeline = await listed(1);
    await pipeline.feeds.insert({ ...newFeed(feed), state: 'active', position: hourStart - 5 * hourMs });
    expect((await describeFeed(pipeline)).lagSeconds).toBe((pipeline.clock.now() - hourStart + 5 * hourMs) / 1000);
  });

  test('that is not listed says since when, and what its tenant is', async () => {
    const pipeline = createTestPipeline();
    await pipeline.feeds.insert({ ...newFeed(feed), state: 'active', position: hourStart });
    const [withdrawn] = await describeFeeds(pipeline, { ...tenant, state: 'consent-withdrawn' });
    expect(withdrawn?.lagReason).toBe('It is listed up to 2026-11-22 09:00 UTC: consent withdrawn.');
    expect((await describeFeed(pipeline)).lagReason).toBe('It is listed up to 2026-11-22 09:00 UTC so far.');
    const trouble = { state: 'consent-withdrawn', since: Date.parse('2026-11-22T10:20:00Z'), count: 1 } as const;
    const [refused] = await describeFeeds(pipeline, { ...tenant, trouble });
    expect(refused?.lagReason).toBe(
      "It is listed up to 2026-11-22 09:00 UTC so far. Microsoft has refused access since 2026-11-22 10:20 UTC (consent withdrawn): it counts as the tenant's state when it lasts.",
    );
  });

  test('that is new says that it is not listed, and lags by what can be had', async () => {
    const pipeline = createTestPipeline();
    await pipeline.feeds.insert({ ...newFeed(feed), position: hourStart - 160 * hourMs });
    expect(await describeFeed(pipeline)).toMatchObject({
      lagSeconds: 161.5 * 3600,
      lagReason: 'It is not listed yet.',
    });
    const [waiting] = await describeFeeds(pipeline, { ...tenant, state: 'waiting' });
    expect(waiting?.lagReason).toBe('It is not listed: waiting for Microsoft.');
  });

  test('that Microsoft does not let be started again yet says from when on, wherever the lister would', async () => {
    const pipeline = createTestPipeline();
    const startedAt = pipeline.clock.now() - 30_500;
    const detail = 'It is gone.';
    await pipeline.feeds.insert({ ...newFeed(feed), position: pipeline.clock.now(), startedAt, startAnswered: true });
    const reasonIn = async (state: Tenant['state']) =>
      (await describeFeeds(pipeline, { ...tenant, state }))[0]?.lagReason;
    const again = 'Microsoft lets it be started again at 2026-11-22 10:45 UTC.';
    for (const state of ['active', 'waiting', 'audit-off'] as const) expect(await reasonIn(state)).toBe(again);
    expect(await reasonIn('consent-withdrawn')).toBeUndefined();
    const [stored] = await pipeline.feeds.ofTenant(tenant.tenantId);
    if (stored) await pipeline.feeds.replace({ ...stored.value, detail }, stored.etag);
    expect(await reasonIn('active')).toBe(`${detail} ${again}`);
    pipeline.clock.advance(15 * 60_000);
    expect(await reasonIn('active')).toBe(detail);
  });

  test('says in words what is wrong with it', async () => {
    const pipeline = createTestPipeline();
    const detail = 'The permission ActivityFeed.ReadDlp is missing.';
    const gaps = [{ from: 1, to: 2, why: 'the tenant was gone' }];
    await pipeline.feeds.insert({ ...newFeed(feed), state: 'permission-missing', detail, gaps });
    expect(await describeFeed(pipeline)).toMatchObject({ state: 'permission-missing', lagReason: detail, gaps });
  });
});

describe('a feed that lags says why', () => {
  const since = '2026-11-22 10:30 UTC';
  const content = 'A content of 2026-11-22 09:00 UTC';

  test('which destination a content waits for, since when it is down, and what it said', async () => {
    const pipeline = await listed(1, { destinations: ['soc', 'archive', 'other'] });
    await changeRows(pipeline, { state: 'waiting', owed: ['soc', 'archive'] });
    for (const name of ['soc', 'archive', 'other']) {
      await markDown(pipeline, name, { reason: `Destination ${name} does not answer.` });
    }
    expect((await describeFeed(pipeline)).lagReason).toBe(
      `${content} waits for destination soc, down since ${since}: Destination soc does not answer. ` +
        `And for destination archive, down since ${since}: Destination archive does not answer.`,
    );
  });

  test('that a content will soon be queued whose destination works again', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { state: 'waiting' });
    await markDown(pipeline, 'soc', { standing: 'came-up' });
    expect((await describeFeed(pipeline)).lagReason).toBe(
      `${content} waits for its destination, which works again: it is queued within minutes.`,
    );
  });

  test('until when Microsoft is not asked', async () => {
    const pipeline = await listed(1);
    const until = pipeline.clock.now() + 90_000;
    await pipeline.marks.set('throttled', tenant.tenantId, { until, times: 1, reason: 'Too many requests (AF429).' });
    expect((await describeFeed(pipeline)).lagReason).toBe(
      `${content} is queued. Microsoft is not asked until 2026-11-22 10:31 UTC: Too many requests (AF429).`,
    );
    pipeline.clock.advance(90_000);
    expect((await describeFeed(pipeline)).lagReason).toBe(`${content} is queued.`);
  });

  test('that the tenant is throttled when that is what keeps it from being listed', async () => {
    const pipeline = createTestPipeline();
    await pipeline.feeds.insert({ ...newFeed(feed), state: 'active', position: hourStart });
    const until = pipeline.clock.now() + 90_000;
    await pipeline.marks.set('throttled', tenant.tenantId, { until, times: 1, reason: undefined });
    expect((await describeFeed(pipeline)).lagReason).toBe(
      'It is listed up to 2026-11-22 09:00 UTC so far. ' +
        'Microsoft is not asked until 2026-11-22 10:31 UTC: it throttles the tenant.',
    );
  });

  test('that our own credential fails, or that the tenant is paused', async () => {
    const pipeline = await listed(1);
    const until = pipeline.clock.now() + 1;
    await pipeline.marks.set('credential', 'entra', { until, times: 1, reason: 'The secret has expired.' });
    expect((await describeFeed(pipeline)).lagReason).toBe(
      `${content} is queued. Our own credential fails: The secret has expired.`,
    );
    const [paused] = await describeFeeds(pipeline, { ...tenant, state: 'paused' });
    expect(paused?.lagReason).toBe(`${content} is queued. The tenant is paused.`);
  });

  test('that a content is in a worker’s hands', async () => {
    const pipeline = await listed(1);
    await changeRows(pipeline, { hold: { by: 'm1/1', until: pipeline.clock.now() + 1, alone: true } });
    expect((await describeFeed(pipeline)).lagReason).toBe(`${content} is being delivered.`);
  });

  test.each([
    ['queued', {}],
    ['waiting', { state: 'waiting' }],
    ['saved', { state: 'waiting', saved: true }],
    ['held', { hold: { by: 'm1/1', until: Number.MAX_SAFE_INTEGER / 1000, alone: true } }],
    ['put back', { attempt: 9, lastError: 'It said no.' }],
  ] as const)('and its lag grows as long as a content is %s', async (_name, change) => {
    const pipeline = await listed(1);
    await changeRows(pipeline, change);
    const before = (await describeFeed(pipeline)).lagSeconds ?? 0;
    pipeline.clock.advance(10 * 86_400_000);
    const after = await describeFeed(pipeline);
    expect(after.lagSeconds).toBe(before + 10 * 86_400);
    expect(after.lagReason).toEqual(expect.stringContaining(content));
  });
});
