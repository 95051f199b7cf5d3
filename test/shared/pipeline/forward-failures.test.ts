import { describe, expect, test } from 'vitest';

import { ActivityApiError } from '../../../shared/activity-api/activity-api-error.ts';
import { EntraError } from '../../../shared/entra/entra-error.ts';
import { listParked } from '../../../shared/pipeline/parked.ts';
import { apiError, timeOut } from '../../support/fake-activity-api.ts';
import { createTestPipeline, tenantId } from '../../support/test-pipeline.ts';
import {
  finish,
  forward,
  list,
  listedContent,
  messagesOf,
  offerBody,
  onlyMessage,
  receivedIds,
  rowOf,
} from './forwarding.ts';

const brokenBody = '[{"Id":"1","CreationTime":"2026-11-22T10:00:00"},{"Id":';

describe('failures of a content’s own', () => {
  test.each([
    ['a body that cannot be cut', brokenBody, undefined, /cannot be cut into records: at byte \d+/],
    ['an unknown 4xx', '[]', apiError('rejected'), /said rejected/],
  ])(
    '%s: put back alone, parked with the reason at the fifth, neighbours delivered',
    async (_name, body, error, why) => {
      const pipeline = createTestPipeline();
      const batch = await list(pipeline, [
        listedContent(pipeline, 'a'),
        listedContent(pipeline, 'bad'),
        listedContent(pipeline, 'c'),
      ]);
      offerBody(pipeline, 'bad', body);
      if (error)
        pipeline.api.failures.set(
          'fetch bad',
          Array.from({ length: 5 }, () => error),
        );

      await finish(pipeline.clock, forward(pipeline, batch));
      for (const id of ['a', 'c']) expect((await rowOf(pipeline, id)).state).toBe('delivered');
      for (let failures = 1; failures < 5; failures += 1) {
        expect(await rowOf(pipeline, 'bad')).toMatchObject({ state: 'queued', failures, attempt: failures + 1 });
        const message = onlyMessage(pipeline);
        expect(message).toMatchObject({ contents: ['bad'], attempt: failures + 1 });
        await finish(pipeline.clock, forward(pipeline, message.batch, { messageId: `m${failures + 1}` }));
      }

      const row = await rowOf(pipeline, 'bad');
      expect(row).toMatchObject({ state: 'parked', failures: 5, hold: undefined, settledAt: pipeline.clock.now() });
      expect(row.reason).toMatch(why);
      expect(row.reason?.match(/cannot be cut/g)?.length ?? 1).toBe(1);
      expect(messagesOf(pipeline)).toEqual([]);
      expect(await listParked(pipeline)).toMatchObject([{ contentId: 'bad', failures: 5, reason: row.reason }]);
    },
  );

  test('a content that fails again after having been put back for other reasons keeps its count', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { failures: 3 })]);
    pipeline.api.failures.set('fetch a', [apiError('server-failed'), apiError('rejected'), apiError('rejected')]);

    await forward(pipeline, batch);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', failures: 3 });
    await forward(pipeline, onlyMessage(pipeline).batch, { messageId: 'm2' });
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', failures: 4 });
    await forward(pipeline, onlyMessage(pipeline).batch, { messageId: 'm3' });
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'parked', failures: 5 });
  });

  test('a reason that ends in half a character, or is very long, still reaches the ledger', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    pipeline.api.failures.set('fetch a', [new ActivityApiError('The answer was "\ud83d', { kind: 'rejected' })]);
    pipeline.api.failures.set('fetch b', [new ActivityApiError('x'.repeat(100_000), { kind: 'rejected' })]);

    await forward(pipeline, batch);

    expect((await rowOf(pipeline, 'a')).lastError).toBe('The answer was "\ufffd');
    expect((await rowOf(pipeline, 'b')).lastError).toHaveLength(1000);
  });
});

describe('what is nobody’s fault here', () => {
  test.each([
    apiError('server-failed'),
    apiError('unauthorized'),
    apiError('permission-missing'),
    apiError('no-subscription'),
    new EntraError('No token could be had; try again.', { kind: 'unreachable' }),
    new EntraError('The consent is missing; ask for it.', { kind: 'consent-missing' }),
  ])('$name $kind: put back without a failure, the neighbour delivered', async (error) => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    pipeline.api.failures.set('fetch a', [error]);

    await forward(pipeline, batch);

    expect((await rowOf(pipeline, 'b')).state).toBe('delivered');
    const row = await rowOf(pipeline, 'a');
    expect(row).toMatchObject({ state: 'queued', failures: 0, deaths: 0, attempt: 2, hold: undefined });
    expect(row.lastError).toBe(error.message);
    expect(onlyMessage(pipeline)).toMatchObject({ contents: ['a'], attempt: 2, inSeconds: 10 });
    expect(await pipeline.marks.all('throttled')).toEqual(new Map());
  });

  test('a fifty-times failing API never parks a content', async () => {
    const pipeline = createTestPipeline();
    let batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    for (let attempt = 1; attempt <= 50; attempt += 1) {
      pipeline.api.failures.set('fetch a', [apiError('server-failed')]);
      await forward(pipeline, batch, { messageId: `m${attempt}` });
      ({ batch } = onlyMessage(pipeline));
    }
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', failures: 0, attempt: 51 });
  });

  test('our own credential failing: put back, marked for every tenant, no tenant asked while it lasts', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    const refused = new EntraError('Our credential was refused; renew it.', { kind: 'credential-refused' });
    pipeline.api.failures.set('fetch a', [refused]);

    await forward(pipeline, batch);
    const mark = await pipeline.marks.get('credential', 'entra');
    expect(mark?.until).toBe(pipeline.clock.now() + 60_000);
    const message = onlyMessage(pipeline);
    expect(message).toMatchObject({ attempt: 2, inSeconds: 60 });
    expect((await pipeline.tenants.get(tenantId))?.value.state).toBe('active');

    pipeline.clock.advance(30_000);
    await forward(pipeline, message.batch, { messageId: 'm2' });
    expect(pipeline.api.calls).toEqual(['fetch a']);
    pipeline.clock.advance(30_000);
    await forward(pipeline, onlyMessage(pipeline).batch, { messageId: 'm3' });
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'delivered', failures: 0 });
  });
});

describe('throttling', () => {
  test('is written to the tenant’s mark, obeyed by the next batch, with Retry-After, and no failure', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    pipeline.api.failures.set('fetch a', [apiError('throttled', 120_000)]);
    const begun = pipeline.clock.now();

    await forward(pipeline, { ...batch, contents: batch.contents.slice(0, 1) });
    expect((await pipeline.marks.get('throttled', tenantId))?.until).toBe(begun + 120_000);
    expect(onlyMessage(pipeline)).toMatchObject({ contents: ['a'], attempt: 2, inSeconds: 120 });
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', failures: 0, attempt: 2 });

    pipeline.clock.advance(20_000);
    await forward(pipeline, { ...batch, contents: batch.contents.slice(1) }, { messageId: 'm2' });
    expect(pipeline.api.calls).toEqual(['fetch a']);
    const message = onlyMessage(pipeline);
    expect(message).toMatchObject({ contents: ['b'], attempt: 2, inSeconds: 100 });

    pipeline.clock.advance(100_000);
    await forward(pipeline, message.batch, { messageId: 'm3' });
    expect((await rowOf(pipeline, 'b')).state).toBe('delivered');
  });

  test('without Retry-After backs off by itself', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    pipeline.api.failures.set('fetch a', [apiError('throttled')]);

    await forward(pipeline, batch);

    expect((await pipeline.marks.get('throttled', tenantId))?.until).toBeGreaterThan(pipeline.clock.now());
    expect(onlyMessage(pipeline).inSeconds).toBeGreaterThanOrEqual(10);
  });

  test('a wait longer than a quarter of the time to expiry is cut to that', async () => {
    const pipeline = createTestPipeline();
    const expires = pipeline.clock.now() + 400_000;
    const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { expires })]);
    pipeline.api.failures.set('fetch a', [apiError('throttled', 3_600_000)]);

    await forward(pipeline, batch);

    expect(onlyMessage(pipeline).inSeconds).toBe(100);
  });

  test('a batch that is throttled begins no more contents', async () => {
    const pipeline = createTestPipeline();
    const ids = Array.from({ length: 30 }, (_, index) => `c${String(index).padStart(2, '0')}`);
    const batch = await list(
      pipeline,
      ids.map((id) => listedContent(pipeline, id)),
    );
    pipeline.api.failures.set('fetch c00', [apiError('throttled', 60_000)]);

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(pipeline.api.calls).toHaveLength(20);
    expect(receivedIds(pipeline)).toHaveLength(19);
    expect(onlyMessage(pipeline).contents).toEqual(['c00', ...ids.slice(20)]);
  });
});

describe('an API that does not answer', () => {
  test('marks the tenant for a minute, doubling to fifteen, when every fetch was silent', async () => {
    const pipeline = createTestPipeline();
    let batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      pipeline.api.failures.set('fetch', [timeOut(), timeOut()]);
      await forward(pipeline, batch, { messageId: `m${attempt}` });
      const mark = await pipeline.marks.get('throttled', tenantId);
      pauses.push(((mark?.until ?? 0) - pipeline.clock.now()) / 60_000);
      const message = onlyMessage(pipeline);
      expect(message.contents).toEqual(['a', 'b']);
      expect(message.inSeconds).toBeGreaterThanOrEqual((pauses.at(-1) ?? 0) * 60);
      ({ batch } = message);
      pipeline.clock.advance(message.inSeconds * 1000);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 15, 15]);
    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'queued', failures: 0 });
  });

  test('marks nothing when one fetch of the batch was answered', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    pipeline.api.failures.set('fetch a', [timeOut()]);

    await forward(pipeline, batch);

    expect(await pipeline.marks.get('throttled', tenantId)).toBeUndefined();
    expect((await rowOf(pipeline, 'b')).state).toBe('delivered');
  });

  test('marks nothing when connections broke, which holds no worker for long', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
    pipeline.api.failures.set('fetch', [apiError('unreachable')]);

    await forward(pipeline, batch);

    expect(await pipeline.marks.get('throttled', tenantId)).toBeUndefined();
    expect(onlyMessage(pipeline).contents).toEqual(['a']);
  });

  test('marks the tenant too when some contents were not begun for want of time', async () => {
    const pipeline = createTestPipeline();
    const ids = Array.from({ length: 21 }, (_, index) => `c${String(index).padStart(2, '0')}`);
    const batch = await list(
      pipeline,
      ids.map((id) => listedContent(pipeline, id)),
    );
    pipeline.api.failures.set(
      'fetch',
      ids.map(() => () => {
        pipeline.clock.advance(12_100);
        return Promise.reject(timeOut());
      }),
    );

    await finish(pipeline.clock, forward(pipeline, batch));

    expect(pipeline.api.calls).toHaveLength(20);
    expect((await pipeline.marks.get('throttled', tenantId))?.until).toBeGreaterThan(pipeline.clock.now());
  });
});

describe('what no further try can help', () => {
  test.each(['content-expired', 'content-unknown'] as const)('%s: this content is lost, no other', async (kind) => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    pipeline.api.failures.set('fetch a', [apiError(kind)]);

    await forward(pipeline, batch);

    expect(await rowOf(pipeline, 'a')).toMatchObject({
      state: 'lost',
      reason: `The API said ${kind}.`,
      hold: undefined,
      failures: 0,
      settledAt: pipeline.clock.now(),
    });
    expect((await rowOf(pipeline, 'b')).state).toBe('delivered');
    expect(messagesOf(pipeline)).toEqual([]);
  });

  test('an address that we refuse: parked at once', async () => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    pipeline.api.failures.set('fetch a', [apiError('address-refused')]);

    await forward(pipeline, batch);

    expect(await rowOf(pipeline, 'a')).toMatchObject({ state: 'parked', reason: 'The API said address-refused.' });
    expect((await rowOf(pipeline, 'b')).state).toBe('delivered');
    expect(messagesOf(pipeline)).toEqual([]);
  });
});
