import { expect, test } from 'vitest';

import { createDestinationUses } from '../../../shared/delivery/destination-uses.ts';
import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import type { FetchedContent } from '../../../shared/pipeline/fetch-content.ts';
import type { HeldRows } from '../../../shared/pipeline/held-rows.ts';
import { createSettler, type Settler } from '../../../shared/pipeline/settler.ts';
import type { Attempt } from '../../../shared/pipeline/settling.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { activeTenant, createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { feed, hour, turn } from './forwarding.ts';

const fetched: FetchedContent = {
  records: 0,
  destinations: new Map([['soc', { delivered: 0, refused: [], suspected: [], failed: undefined }]]),
  delivered: 0,
  duplicates: 0,
  tooLarge: [],
  foreign: 0,
};
const nothing: Attempt = { fetched, replayed: undefined };

/** A settler over rows whose writes end when the test says so. */
async function setUp(): Promise<{
  pipeline: TestPipeline;
  settler: Settler;
  writes: { ids: string[]; end: (error?: Error) => void }[];
}> {
  const pipeline = createTestPipeline();
  const writes: { ids: string[]; end: (error?: Error) => void }[] = [];
  const rows: HeldRows = {
    get: () => undefined,
    records: () => [],
    readRecords: () => Promise.resolve(new Map()),
    write(changes) {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const end = (error?: Error): void => {
        if (error) reject(error);
        else resolve(undefined);
      };
      writes.push({ ids: changes.map(({ contentId }) => contentId), end });
      return promise;
    },
    renew: () => Promise.resolve(),
    release: () => Promise.resolve(),
  };
  const batch = { ...feed, hour, attempt: 1, contents: [] };
  const health = await readDestinationHealth(pipeline);
  const held = { by: 'm1/1', rows, contents: [], recordRows: new Map(), uses: createDestinationUses() };
  const settler = createSettler({ pipeline, batch, tenant: activeTenant(), ...held, health });
  return { pipeline, settler, writes };
}

test('a content that finishes while others are being written is written 2 s later', async () => {
  const { pipeline, settler, writes } = await setUp();
  settler.settle('a', nothing);
  pipeline.clock.advance(2_000);
  await turn();
  settler.settle('b', nothing);
  writes[0]?.end();
  await turn();
  pipeline.clock.advance(2_000);
  await turn();
  expect(writes.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
});

test('what could not be written is tried again 2 s later, and by the flush at once, which says so', async () => {
  const { pipeline, settler, writes } = await setUp();
  const down = new StorageError('Storage is down.');
  settler.settle('a', nothing);
  for (let write = 0; write < 2; write += 1) {
    pipeline.clock.advance(2_000);
    await turn();
    writes[write]?.end(down);
    await turn();
  }
  const flushed = expect(settler.flush()).rejects.toBe(down);
  await turn();
  for (const one of writes.slice(2)) one.end(down);
  await turn();
  for (const one of writes.slice(3)) one.end(down);
  await flushed;
  expect(writes.map(({ ids }) => ids)).toEqual([['a'], ['a'], ['a'], ['a']]);
  pipeline.clock.advance(10_000);
  await turn();
  expect(writes).toHaveLength(4);
});
