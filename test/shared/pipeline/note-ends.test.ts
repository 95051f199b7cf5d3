import { expect, test } from 'vitest';

import { ActivityApiError } from '../../../shared/activity-api/activity-api-error.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { eventsOf } from './cycle-fixture.ts';
import { feed, forward, hour, list, listedContent } from './forwarding.ts';

test.each([
  ['content-parked', 'address-refused', { contentId: 'a' }],
  ['contents-lost', 'content-expired', { contents: 1 }],
] as const)(
  '%s is said of a content that an attempt ends with %s, once, and not of its neighbours',
  async (event, kind, what) => {
    const pipeline = createTestPipeline();
    const batch = await list(pipeline, [listedContent(pipeline, 'a'), listedContent(pipeline, 'b')]);
    pipeline.api.failures.set('fetch a', [new ActivityApiError('The API said so.', { kind })]);

    await forward(pipeline, batch);
    await forward(pipeline, batch);

    expect(eventsOf(pipeline, event)).toEqual([
      { event, level: 'error', fields: { ...feed, hour, ...what, reason: 'The API said so.' } },
    ]);
  },
);

test('a content is said to be parked at its fifth failure, not before', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'a', undefined, { failures: 3 })]);
  const fail = (): void => {
    pipeline.api.failures.set('fetch a', [new ActivityApiError('The API said no.', { kind: 'rejected' })]);
  };
  fail();
  await forward(pipeline, batch);
  expect(eventsOf(pipeline, 'content-parked')).toEqual([]);
  fail();
  await forward(pipeline, { ...batch, attempt: 2 });
  expect(eventsOf(pipeline, 'content-parked')).toHaveLength(1);
});
