import { expect, test } from 'vitest';

import { listParked } from '../../../shared/pipeline/parked.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import {
  feed,
  finish,
  forward,
  hour,
  list,
  listedContent,
  messagesOf,
  offerBody,
  onlyMessage,
  receivedIds,
  rowOf,
} from './forwarding.ts';

test.each([
  ['33,000 characters long', 'x'.repeat(33_000), 'x'.repeat(200)],
  ['half a character', '\\ud800', '\ufffd'],
  ['cut in the middle of a character', `${'x'.repeat(199)}\u{1f600}`, `${'x'.repeat(199)}\ufffd`],
])('a record over 4 MB whose Id is %s is parked, and its neighbours are settled', async (_what, id, shown) => {
  const pipeline = createTestPipeline();
  const batch = await list(pipeline, [listedContent(pipeline, 'ok'), listedContent(pipeline, 'odd')]);
  const filling = 'y'.repeat(4 * 1024 * 1024);
  offerBody(pipeline, 'odd', `[{"Id":"${id}","CreationTime":"2026-11-22T10:00:00","x":"${filling}"}]`);

  await forward(pipeline, batch);

  expect((await rowOf(pipeline, 'ok')).state).toBe('delivered');
  expect(await rowOf(pipeline, 'odd')).toMatchObject({ state: 'parked', owed: [], records: { parked: 1 } });
  const { parkedRecords } = await pipeline.ledger.hour(feed, hour);
  expect(parkedRecords).toMatchObject([{ contentId: 'odd', ordinal: 0, recordId: shown }]);
  expect(receivedIds(pipeline)).toEqual(['ok-1']);
  expect(messagesOf(pipeline)).toEqual([]);
});

test('a defect of ours: put back alone without a failure, then counted, at the fifth parked without its words', async () => {
  const pipeline = createTestPipeline();
  const batch = await list(
    pipeline,
    ['a', 'odd', 'c'].map((id) => listedContent(pipeline, id)),
  );
  pipeline.api.failures.set(
    'fetch odd',
    Array.from({ length: 6 }, () => new TypeError('cannot read {"Id":"a record"}')),
  );

  await finish(pipeline.clock, forward(pipeline, batch));
  expect(receivedIds(pipeline)).toEqual(['a-1', 'c-1']);
  for (let failures = 0; failures < 5; failures += 1) {
    expect(await rowOf(pipeline, 'odd')).toMatchObject({ state: 'queued', failures, hold: undefined });
    const message = onlyMessage(pipeline);
    expect(message.contents).toEqual(['odd']);
    await finish(pipeline.clock, forward(pipeline, message.batch, { messageId: `m${failures + 2}` }));
  }

  expect(await rowOf(pipeline, 'odd')).toMatchObject({ state: 'parked', failures: 5, hold: undefined });
  expect(messagesOf(pipeline)).toEqual([]);
  const [parked] = await listParked(pipeline);
  expect(parked?.reason).toMatch(/^It met a defect of this program \(TypeError at .+\); report it\.$/);
  expect(JSON.stringify([parked, pipeline.events])).not.toContain('a record');
});
