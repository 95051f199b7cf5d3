import { describe, expect, test } from 'vitest';

import type { ContentType } from '../../../shared/activity-api/content-types.ts';
import type { ActivityApiError } from '../../../shared/activity-api/activity-api-error.ts';
import { EntraError } from '../../../shared/entra/entra-error.ts';
import { afterRefusal, ensureSubscriptions } from '../../../shared/pipeline/subscriptions.ts';
import { type Feed, newFeed } from '../../../shared/state/feeds.ts';
import { RowConflict } from '../../../shared/state/table.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { activeTenant, createTestPipeline, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { never } from './listing-fixture.ts';

const minute = 60_000;

/** A pipeline with new feeds of these content types, and no subscription. */
async function withFeeds(...types: ContentType[]): Promise<TestPipeline> {
  const pipeline = createTestPipeline();
  pipeline.api.subscriptions.clear();
  for (const contentType of types) await pipeline.feeds.insert(newFeed({ tenantId, contentType }));
  return pipeline;
}

const ensure = async (pipeline: TestPipeline) =>
  ensureSubscriptions(pipeline, activeTenant(), await pipeline.feeds.ofTenant(tenantId), never);

const feeds = async (pipeline: TestPipeline): Promise<Feed[]> =>
  (await pipeline.feeds.ofTenant(tenantId)).map(({ value }) => value);

const starts = (pipeline: TestPipeline): string[] => pipeline.api.calls.filter((call) => call.startsWith('start'));

describe('subscriptions', () => {
  test('are listed before any is started, and only the missing ones are started', async () => {
    const pipeline = await withFeeds('Audit.Exchange', 'Audit.General');
    pipeline.api.subscriptions.add('Audit.Exchange');
    const { feeds: written, asked } = await ensure(pipeline);
    expect(pipeline.api.calls).toEqual(['subscriptions', 'start Audit.General']);
    expect(asked).toBe(true);
    expect(written.map(({ value }) => value)).toEqual(await feeds(pipeline));
    expect(written.map(({ value }) => [value.state, value.startedAt])).toEqual([
      ['active', undefined],
      ['active', pipeline.clock.now()],
    ]);
  });

  test('of feeds that are active are not even listed', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    await ensure(pipeline);
    pipeline.api.calls.length = 0;
    expect(await ensure(pipeline)).toMatchObject({ asked: false });
    expect(pipeline.api.calls).toEqual([]);
  });

  test('that are disabled are started again', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    pipeline.api.listSubscriptions = () => Promise.resolve([{ contentType: 'Audit.Exchange', enabled: false }]);
    await ensure(pipeline);
    expect(starts(pipeline)).toEqual(['start Audit.Exchange']);
  });

  test('that cannot be listed are not started', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    const error = apiError('server-failed');
    pipeline.api.failures.set('subscriptions', [error]);
    expect(await ensure(pipeline)).toMatchObject({ asked: false, failures: [error] });
    expect(starts(pipeline)).toEqual([]);
    expect(await feeds(pipeline)).toMatchObject([{ state: 'starting', detail: 'The API said server-failed.' }]);
  });

  test('that cannot be listed stop no feed that is active, and are looked at 15 minutes later', async () => {
    const pipeline = await withFeeds('Audit.Exchange', 'DLP.All');
    pipeline.api.failures.set('start DLP.All', [apiError('permission-missing')]);
    await ensure(pipeline);
    const detail = (await feeds(pipeline))[1]?.detail;
    pipeline.clock.advance(15 * minute);
    pipeline.api.failures.set('subscriptions', [apiError('server-failed')]);
    const { feeds: written } = await ensure(pipeline);
    expect(written.map(({ value }) => value.state)).toEqual(['active', 'permission-missing']);
    const retryAt = pipeline.clock.now() + 15 * minute;
    expect((await feeds(pipeline))[1]).toMatchObject({ retryAt, detail, visitedAt: pipeline.clock.now() });
    pipeline.clock.advance(15 * minute - 1);
    expect(await ensure(pipeline)).toMatchObject({ asked: false, failures: [] });
    pipeline.clock.advance(1);
    expect(await ensure(pipeline)).toMatchObject({ asked: true, failures: [] });
  });

  test('that cannot be listed, with no feed active, are looked at a minute later', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    pipeline.api.failures.set('subscriptions', [apiError('unreachable')]);
    await ensure(pipeline);
    pipeline.clock.advance(minute - 1);
    expect(await ensure(pipeline)).toMatchObject({ asked: false });
    pipeline.clock.advance(1);
    expect(await ensure(pipeline)).toMatchObject({ asked: true });
  });

  test('that cannot be listed for want of a token count as a visit, unless our own credential fails', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    const before = await feeds(pipeline);
    pipeline.api.failures.set('subscriptions', [
      new EntraError('Entra refused.', { kind: 'credential-refused' }),
      new EntraError('Entra did not answer.', { kind: 'unreachable' }),
    ]);
    await ensure(pipeline);
    expect(await feeds(pipeline)).toEqual(before);
    await ensure(pipeline);
    expect(await feeds(pipeline)).toMatchObject([{ visitedAt: pipeline.clock.now(), retryAt: undefined }]);
  });
});

describe('a start', () => {
  test('is remembered before it is sent', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    let before: Feed | undefined;
    pipeline.api.failures.set('start', [
      async () => {
        [before] = await feeds(pipeline);
      },
    ]);
    await ensure(pipeline);
    expect(before).toMatchObject({ state: 'starting', startedAt: pipeline.clock.now(), startAnswered: true });
  });

  test('is not sent if another lister remembers one first', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    pipeline.api.failures.set('subscriptions', [
      async () => {
        const [feed] = await pipeline.feeds.ofTenant(tenantId);
        if (feed) await pipeline.feeds.replace({ ...feed.value, startedAt: 1 }, feed.etag);
      },
    ]);
    expect(await ensure(pipeline)).toMatchObject({ feeds: [], failures: [expect.any(RowConflict)] });
    expect(starts(pipeline)).toEqual([]);
  });

  test('that was answered is sent again after 15 minutes', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    pipeline.api.failures.set('start', [apiError('rejected')]);
    await ensure(pipeline);
    expect(await feeds(pipeline)).toMatchObject([{ state: 'starting', detail: 'The API said rejected.' }]);
    pipeline.clock.advance(15 * minute - 1);
    await ensure(pipeline);
    expect(starts(pipeline)).toHaveLength(1);
    pipeline.clock.advance(1);
    await ensure(pipeline);
    expect(starts(pipeline)).toHaveLength(2);
    expect(await feeds(pipeline)).toMatchObject([{ state: 'active', detail: undefined }]);
  });

  test.each(['server-failed', 'unreachable'] as const)(
    'that ended as %s is sent again after a minute',
    async (kind) => {
      const pipeline = await withFeeds('Audit.Exchange');
      pipeline.api.failures.set('start', [apiError(kind)]);
      await ensure(pipeline);
      pipeline.clock.advance(minute - 1);
      await ensure(pipeline);
      expect(starts(pipeline)).toHaveLength(1);
      pipeline.clock.advance(1);
      await ensure(pipeline);
      expect(starts(pipeline)).toHaveLength(2);
    },
  );

  test('for which no token could be had may be tried again after a minute', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    const error = new EntraError('Entra did not answer.', { kind: 'unreachable' });
    pipeline.api.failures.set('start', [error]);
    expect(await ensure(pipeline)).toMatchObject({ failures: [error] });
    pipeline.clock.advance(minute);
    await ensure(pipeline);
    expect(starts(pipeline)).toHaveLength(2);
  });

  test('that is broken off by another tenant’s error may have been sent, and waits 15 minutes', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    const stop = new AbortController();
    const error = new EntraError('Entra refused.', { kind: 'credential-refused' });
    pipeline.api.failures.set('start', [
      () => {
        stop.abort(error);
        return Promise.reject(error);
      },
    ]);
    await ensureSubscriptions(pipeline, activeTenant(), await pipeline.feeds.ofTenant(tenantId), stop.signal);
    expect(await feeds(pipeline)).toMatchObject([{ startAnswered: true }]);
    pipeline.clock.advance(15 * minute - 1);
    await ensure(pipeline);
    expect(starts(pipeline)).toHaveLength(1);
  });

  test('that is throttled waits as long as Microsoft asks for, and the others go on', async () => {
    const pipeline = await withFeeds('Audit.Exchange', 'Audit.General');
    pipeline.api.failures.set('start Audit.Exchange', [apiError('throttled', 20 * minute)]);
    await ensure(pipeline);
    expect((await feeds(pipeline)).map(({ state }) => state)).toEqual(['starting', 'active']);
    pipeline.clock.advance(20 * minute - 1);
    await ensure(pipeline);
    expect(starts(pipeline)).toHaveLength(2);
    pipeline.clock.advance(1);
    await ensure(pipeline);
    expect(starts(pipeline)).toHaveLength(3);
  });

  test('that lacks the permission for DLP stops no other type, and is tried again', async () => {
    const types = ['Audit.AzureActiveDirectory', 'Audit.Exchange', 'Audit.SharePoint', 'Audit.General'] as const;
    const pipeline = await withFeeds(...types, 'DLP.All');
    pipeline.api.failures.set('start DLP.All', [apiError('permission-missing')]);
    await ensure(pipeline);
    const byType = new Map((await feeds(pipeline)).map((feed) => [feed.contentType, feed]));
    for (const type of types) expect(byType.get(type)?.state).toBe('active');
    expect(byType.get('DLP.All')).toMatchObject({
      state: 'permission-missing',
      detail: expect.stringContaining('ActivityFeed.ReadDlp') as string,
    });
    pipeline.clock.advance(15 * minute);
    await ensure(pipeline);
    expect((await feeds(pipeline)).map(({ state }) => state)).toEqual(Array<string>(5).fill('active'));
  });

  test('that finds the audit log off says so of the whole tenant', async () => {
    const pipeline = await withFeeds('Audit.Exchange', 'Audit.General');
    const error = apiError('audit-off');
    pipeline.api.failures.set('start Audit.Exchange', [error]);
    expect(await ensure(pipeline)).toMatchObject({ failures: [error] });
    // The other start was seen to its end all the same.
    expect((await feeds(pipeline)).map(({ state }) => state)).toEqual(['starting', 'active']);
  });
});

const refused = (feed: Feed, error: ActivityApiError, pipeline = createTestPipeline()) =>
  afterRefusal(pipeline, activeTenant(), feed, error);

describe('a feed that was found disabled (AF20023)', () => {
  const now = createTestPipeline().clock.now();
  const disabled = apiError('subscription-disabled');
  const active: Feed = { ...newFeed({ tenantId, contentType: 'Audit.Exchange' }), state: 'active' };

  test('is started once more', () => {
    expect(refused(active, disabled)).toMatchObject({ state: 'starting' });
    const long = { ...active, startedAt: now - 24 * 60 * minute };
    expect(refused(long, disabled)).toMatchObject({ state: 'starting' });
  });

  test('is disabled when that start is refused or does not last', () => {
    const starting: Feed = { ...active, state: 'starting', startedAt: now };
    expect(refused(starting, disabled)).toMatchObject({ state: 'disabled', retryAt: now + 15 * minute });
    const again = { ...active, startedAt: now - 2 * minute };
    expect(refused(again, disabled)).toMatchObject({ state: 'disabled', retryAt: now + 15 * minute });
  });

  test('is started again 15 minutes later, in case someone enabled it', async () => {
    const pipeline = await withFeeds('Audit.Exchange');
    pipeline.api.failures.set('start', [disabled]);
    await ensure(pipeline);
    expect(await feeds(pipeline)).toMatchObject([{ state: 'disabled' }]);
    pipeline.clock.advance(15 * minute);
    await ensure(pipeline);
    expect(await feeds(pipeline)).toMatchObject([{ state: 'active', detail: undefined, retryAt: undefined }]);
  });
});

test('a feed without a subscription (AF20022) is started', () => {
  const feed: Feed = { ...newFeed({ tenantId, contentType: 'Audit.Exchange' }), state: 'active' };
  expect(refused(feed, apiError('no-subscription'))).toMatchObject({ state: 'starting' });
});
