import { expect, test } from 'vitest';

import { taken } from '../../../shared/delivery/destination.ts';
import type { Destination } from '../../../shared/delivery/destination.ts';
import type { Pipeline } from '../../../shared/pipeline/pipeline.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import {
  finish,
  forward,
  list,
  listedContent,
  messagesOf,
  onlyMessage,
  receivedIds,
  record,
  rowOf,
  rowsOf,
} from './forwarding.ts';

/** The same pipeline with its destination of that name sending as told. */
const sending = (pipeline: TestPipeline, name: string, deliver: Destination['deliver']): Pipeline => ({
  ...pipeline,
  destinations: pipeline.destinations.map((one) => (one.name === name ? { name, type: 'fake', deliver } : one)),
});

/** Bodies come in pieces, as from a socket: a content cannot be handed over whole before others have begun. */
function inPieces(pipeline: Pipeline): Pipeline['api'] {
  const { api } = pipeline;
  return {
    ...api,
    async fetchContent(...request) {
      const whole = await api.fetchContent(...request);
      return (async function* () {
        for await (const chunk of whole) {
          for (let at = 0; at < chunk.length; at += 16_384) yield chunk.subarray(at, at + 16_384);
        }
      })();
    },
  };
}

test('when time is up, what one destination acknowledged holds though another never answered', async () => {
  const pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
  const hanging = sending(
    pipeline,
    'archive',
    (_delivery, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      }),
  );
  const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1'), record('2')])]);

  await finish(pipeline.clock, forward(hanging, batch));
  const row = await rowOf(pipeline, 'a');
  expect(row).toMatchObject({ state: 'queued', owed: ['archive'], failures: 0, hold: undefined });
  expect(row.lastError).toContain('Destination archive had not answered');
  expect(row.records.delivered).toBe(2);

  await finish(pipeline.clock, forward(pipeline, onlyMessage(pipeline).batch, { messageId: 'm2' }));
  expect(receivedIds(pipeline, 0)).toEqual(['1', '2']);
  expect(receivedIds(pipeline, 1)).toEqual(['1', '2']);
  expect((await rowOf(pipeline, 'a')).state).toBe('delivered');
});

test('a destination too slow for a batch gets its contents one by one, and each ends', async () => {
  const pipeline = createTestPipeline();
  const slow: Pipeline = {
    ...sending(pipeline, 'soc', async ({ records }, signal) => {
      await pipeline.clock.sleep(25_000, signal);
      return records.map(() => taken);
    }),
    api: inPieces(pipeline),
  };
  const ids = Array.from({ length: 20 }, (_, index) => `c${String(index).padStart(2, '0')}`);
  // Two requests each by their number: 40 at least, of which 19 fit into 8 minutes.
  const records = (id: string) => Array.from({ length: 4_000 }, (_, index) => record(`${id}-${String(index)}`));
  const batch = await list(
    pipeline,
    ids.map((id) => listedContent(pipeline, id, records(id))),
  );

  await finish(pipeline.clock, forward(slow, batch));
  const back = messagesOf(pipeline);
  expect(back.length).toBeGreaterThan(10);
  expect(back.every(({ contents }) => contents.length === 1)).toBe(true);
  for (const [index, message] of back.entries()) {
    await finish(pipeline.clock, forward(slow, message.batch, { messageId: `again${String(index)}` }));
  }

  expect((await rowsOf(pipeline)).map(({ state, failures }) => `${state} ${String(failures)}`)).toEqual(
    ids.map(() => 'delivered 0'),
  );
});
