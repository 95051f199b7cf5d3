import { expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { closeDue } from '../../../shared/pipeline/close-due.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import {
  created,
  finish,
  forward,
  list,
  listedContent,
  messagesOf,
  receivedIds,
  record,
  rowsOf,
  savedNames,
} from './forwarding.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const weekMs = 7 * day;
const never = new AbortController().signal;

/** Half an hour of life: Close, then whatever messages become visible. @returns how many there were */
async function halfAnHour(pipeline: TestPipeline): Promise<number> {
  const { clock, queue } = pipeline;
  await closeDue(pipeline, { cycle: 0, signal: never, hoursSignal: never, isBeingListed: () => false });
  const end = clock.now() + 30 * minute;
  let count = 0;
  for (;;) {
    const due = messagesOf(pipeline).toSorted((a, b) => a.inSeconds - b.inSeconds)[0];
    if (due === undefined || clock.now() + due.inSeconds * 1000 > end) break;
    const index = messagesOf(pipeline).findIndex(({ batch }) => batch.contents[0]?.id === due.contents[0]);
    (queue.messages as unknown[]).splice(index, 1);
    clock.advance(Math.max(0, due.inSeconds * 1000));
    count += 1;
    await finish(clock, forward(pipeline, due.batch, { messageId: `m${clock.now()}-${count}` }));
  }
  clock.advance(Math.max(0, end - clock.now()));
  return count;
}

test('a destination that is down for ten days loses nothing, the other gets everything once, and the queue stays short', async () => {
  const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
  const { clock, api } = pipeline;
  const fetchContent = api.fetchContent.bind(api);
  api.fetchContent = (tenant, uri, signal) =>
    clock.now() >= created + weekMs ? Promise.reject(apiError('content-expired')) : fetchContent(tenant, uri, signal);
  const ids = Array.from({ length: 30 }, (_none, index) => `c${String(index).padStart(2, '0')}`);
  const batch = await list(
    pipeline,
    ids.map((id) => listedContent(pipeline, id, [record(`${id}-1`), record(`${id}-2`)])),
  );
  const everything = ids.flatMap((id) => [`${id}-1`, `${id}-2`]);
  const [soc, archive] = pipeline.destinations;
  if (!soc || !archive) throw new Error('unreachable');
  // It asks for half an hour each time: asked every minute, as otherwise, the test would take a minute as well.
  const retryAfterMs = 30 * minute;
  archive.down = new DestinationError('Destination archive is down; wait.', { kind: 'unavailable', retryAfterMs });

  await finish(clock, forward(pipeline, batch));
  const begun = clock.now();
  let messages = 0;
  while (clock.now() < begun + 10 * day) messages += await halfAnHour(pipeline);

  expect(receivedIds(pipeline, 0).sort()).toEqual(everything);
  expect(receivedIds(pipeline, 1)).toEqual([]);
  const rows = await rowsOf(pipeline);
  expect(rows.every(({ saved, owed }) => saved && owed.join() === 'archive')).toBe(true);
  expect(rows.every(({ failures, deaths }) => failures + deaths === 0)).toBe(true);
  expect(savedNames(pipeline)).toHaveLength(ids.length);
  // The probes, each of one content; the others cost a message or two in all this time.
  expect(messages).toBeLessThanOrEqual(10 * 24 * 2 + 2 * ids.length);
  expect(messagesOf(pipeline).length).toBeLessThanOrEqual(2);

  archive.down = undefined;
  for (let rounds = 0; rounds < 3; rounds += 1) await halfAnHour(pipeline);

  expect(receivedIds(pipeline, 0).sort()).toEqual(everything);
  expect(receivedIds(pipeline, 1).sort()).toEqual(everything);
  expect((await rowsOf(pipeline)).map(({ state }) => state)).toEqual(ids.map(() => 'delivered'));
  expect(savedNames(pipeline)).toEqual([]);
  expect(messagesOf(pipeline)).toEqual([]);
  expect(await pipeline.openHours.all()).toEqual([]);
});
