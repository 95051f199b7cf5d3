import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { printBatch } from '../../../shared/pipeline/batch-message.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { apiError } from '../../support/fake-activity-api.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { createFaultyStorage } from './faulty-storage.ts';
import { list, listedContent, receivedIds, rowsOf } from './forwarding.ts';
import { createTestHost } from './test-host.ts';

const contents = 6;
const down = new DestinationError('The destination is down; wait.', { kind: 'unavailable' });

/** What goes wrong in a run: at which writes, how; and what the API and the destinations answer, in order. */
const troubles = fc.record({
  // A write that fails and a release that fails after it look like a death; fewer than five of these park nothing.
  writes: fc.array(fc.record({ gap: fc.integer({ min: 1, max: 6 }), done: fc.boolean() }), { maxLength: 9 }),
  api: fc.array(fc.constantFrom('fine', 'throttled', 'server-failed', 'unreachable', 'rejected'), { maxLength: 30 }),
  soc: fc.array(fc.boolean(), { maxLength: 40 }),
  archive: fc.array(fc.boolean(), { maxLength: 40 }),
});

test('whatever fails in whatever order, every content ends settled, Close only waking those that wait, and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(troubles, async (trouble) => {
      const tables = createMemoryTables();
      const storage = createFaultyStorage(tables);
      const pipeline = createTestPipeline({ tables: storage.tables, destinations: ['soc', 'archive'] });
      const ids = Array.from({ length: contents }, (_, index) => `c${index}`);
      const batch = await list(
        pipeline,
        ids.map((id) => listedContent(pipeline, id)),
      );
      await pipeline.queue.send(printBatch(batch), 0);
      pipeline.api.failures.set(
        'fetch',
        trouble.api.map((kind) => (kind === 'fine' ? () => Promise.resolve() : apiError(kind))),
      );
      for (const [index, answers] of [trouble.soc, trouble.archive].entries()) {
        pipeline.destinations[index]?.failures.push(...answers.map((fails) => (fails ? down : undefined)));
      }
      storage.failAt(trouble.writes);
      // Close wakes by itself what it could not wake before; here its writes do not fail.
      const { ledger, destinationMarks } = createTestPipeline({ tables });
      const close = { ...pipeline, ledger, destinationMarks };
      const host = createTestHost(close, { ...pipeline, queue: storage.queue(pipeline.queue) });

      await host.drain();

      const rows = await rowsOf(pipeline);
      for (const { id, state, failures, hold } of rows) {
        expect(hold).toBeUndefined();
        expect(state).toBe(failures >= 5 ? 'parked' : 'delivered');
        if (state !== 'delivered') continue;
        for (const destination of [0, 1]) expect(receivedIds(pipeline, destination)).toContain(`${id}-1`);
      }
      expect(host.errors.every((error) => error instanceof StorageError)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
