import { describe, expect, test } from 'vitest';

import { EntraError } from '../../../shared/entra/entra-error.ts';
import { markCredentialFailing, markSilent, markThrottled } from '../../../shared/pipeline/marking.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline, tenantId } from '../../support/test-pipeline.ts';

const second = 1000;
const minute = 60 * second;

describe('a throttled tenant', () => {
  test('is left alone for as long as the API asked', async () => {
    const pipeline = createTestPipeline();
    const until = pipeline.clock.now() + 7 * minute;
    expect(await markThrottled(pipeline, tenantId, apiError('throttled', 7 * minute))).toBe(until);
    expect(await pipeline.marks.get('throttled', tenantId)).toEqual({
      until,
      times: 1,
      reason: 'The API said throttled.',
    });
  });

  test('does not count answers that say how long to wait', async () => {
    const pipeline = createTestPipeline();
    for (let n = 0; n < 20; n += 1) {
      const until = await markThrottled(pipeline, tenantId, apiError('throttled', 2 * second));
      pipeline.clock.advance(until - pipeline.clock.now());
    }
    // The second in a row at most: 2 s and half of 8.
    expect((await markThrottled(pipeline, tenantId, apiError('throttled'))) - pipeline.clock.now()).toBe(6 * second);
  });

  test('is never asked sooner than a mark says that is there', async () => {
    const pipeline = createTestPipeline();
    const until = await markThrottled(pipeline, tenantId, apiError('throttled', 7 * minute));
    expect(await markThrottled(pipeline, tenantId, apiError('throttled', second))).toBe(until);
  });

  test('is not left alone longer because several were throttled at once', async () => {
    const pipeline = createTestPipeline();
    const until = await markThrottled(pipeline, tenantId, apiError('throttled'));
    pipeline.clock.advance(second);
    expect(await markThrottled(pipeline, tenantId, apiError('throttled'))).toBe(until);
    expect(await pipeline.marks.get('throttled', tenantId)).toMatchObject({ until, times: 1 });
  });

  test('is left alone longer each time, up to about two minutes', async () => {
    const pipeline = createTestPipeline();
    const pauses: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      const until = await markThrottled(pipeline, tenantId, apiError('throttled'));
      pauses.push(until - pipeline.clock.now());
      pipeline.clock.advance(until - pipeline.clock.now());
    }
    // 2 s and half of 4, 8, ... 120 s.
    expect(pauses.map((pause) => pause / second)).toEqual([4, 6, 10, 18, 34, 62, 62, 62, 62]);
    pipeline.clock.advance(3 * minute);
    expect((await markThrottled(pipeline, tenantId, apiError('throttled'))) - pipeline.clock.now()).toBe(4 * second);
  });
});

test('our credential failing is said once a minute and counted', async () => {
  const pipeline = createTestPipeline();
  const error = new EntraError('The secret has expired: renew it.', {
    kind: 'credential-refused',
    code: 'AADSTS7000222',
  });
  const until = await markCredentialFailing(pipeline, error);
  expect(until).toBe(pipeline.clock.now() + minute);
  pipeline.clock.advance(minute - 1);
  expect(await markCredentialFailing(pipeline, error)).toBe(until);
  expect(pipeline.events).toEqual([
    { event: 'credential-failing', level: 'error', fields: { code: 'AADSTS7000222', error: error.message } },
  ]);
  pipeline.clock.advance(1);
  await markCredentialFailing(pipeline, error);
  expect(pipeline.events).toHaveLength(2);
  expect((await pipeline.marks.get('credential', 'entra'))?.times).toBe(2);
});

test('a tenant whose API is silent is left alone for a minute, doubling to 15', async () => {
  const pipeline = createTestPipeline();
  const pauses: number[] = [];
  for (let n = 0; n < 6; n += 1) {
    const until = await markSilent(pipeline, tenantId);
    pauses.push((until - pipeline.clock.now()) / minute);
    pipeline.clock.advance(until - pipeline.clock.now());
  }
  expect(pauses).toEqual([1, 2, 4, 8, 15, 15]);
  pipeline.clock.advance(16 * minute);
  expect((await markSilent(pipeline, tenantId)) - pipeline.clock.now()).toBe(minute);
});

test('several batches that time out in one outage are one silence', async () => {
  const pipeline = createTestPipeline();
  const until = await markSilent(pipeline, tenantId);
  pipeline.clock.advance(10 * second);
  expect(await markSilent(pipeline, tenantId)).toBe(until);
  expect(await pipeline.marks.get('throttled', tenantId)).toMatchObject({ until, times: 1 });
});
