import { describe, expect, test } from 'vitest';

import { chunks } from '../../../shared/chunks.ts';
import { EntraError } from '../../../shared/entra/entra-error.ts';
import { printBatch } from '../../../shared/pipeline/batch-message.ts';
import type { Pipeline } from '../../../shared/pipeline/pipeline.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { createTestPipeline, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import { finish, forward, forwardAll, list, listedContent, messagesOf, receivedIds, rowsOf } from './forwarding.ts';
import { meddledTables } from './meddled-tables.ts';
import { createTestHost } from './test-host.ts';

const minute = 60_000;

type Part = 'tables' | 'queues' | 'both';

interface Scene {
  readonly pipeline: TestPipeline;
  readonly worker: Pipeline;
  /** Calls of the storage so far. */
  readonly calls: { count: number };
}

/** Storage whose parts answer nothing for so long, beginning with the call of this number. */
function createScene(part: Part, from: number, lastsMs: number): Scene {
  const calls = { count: 0 };
  let downUntil: number | undefined;
  const pass = (kind: 'tables' | 'queues'): void => {
    calls.count += 1;
    const now = pipeline.clock.now();
    if (calls.count === from) downUntil = now + lastsMs;
    const isDown = downUntil !== undefined && now < downUntil && (part === 'both' || part === kind);
    if (isDown) throw new StorageError(`Our ${kind} do not answer; try again later.`);
  };
  const before = (): void => {
    pass('tables');
  };
  const tables = createMemoryTables();
  const pipeline = createTestPipeline({ tables });
  const { ledger, marks, tenants, destinationMarks, repeats } = createTestPipeline({
    tables: meddledTables(tables, { before }),
  });
  const queue = {
    send: async (text: string, delay: number) => {
      pass('queues');
      await pipeline.queue.send(text, delay);
    },
  };
  return { pipeline, calls, worker: { ...pipeline, ledger, marks, tenants, destinationMarks, repeats, queue } };
}

async function run({ pipeline, worker }: Scene): Promise<unknown[]> {
  const batch = await list(
    pipeline,
    ['a', 'b', 'c'].map((id) => listedContent(pipeline, id)),
  );
  await pipeline.queue.send(printBatch(batch), 0);
  const host = createTestHost(pipeline, worker);
  await host.drain();
  return host.errors;
}

const undisturbed = createScene('both', Infinity, 0);
await run(undisturbed);
const points = Array.from({ length: undisturbed.calls.count }, (_none, index) => index + 1);

describe.each(['tables', 'queues', 'both'] satisfies Part[])('our %s not answering for 20 minutes', (part) => {
  test.each(points)('from call %i on parks and loses nothing', async (point) => {
    const scene = createScene(part, point, 20 * minute);
    const errors = await run(scene);
    expect(errors.every((error) => error instanceof StorageError)).toBe(true);
    const rows = await rowsOf(scene.pipeline);
    expect(rows.map(({ id, state }) => `${id} ${state}`)).toEqual(['a delivered', 'b delivered', 'c delivered']);
    for (const { failures, deaths, hold } of rows)
      expect({ failures, deaths, hold }).toEqual({ failures: 0, deaths: 0, hold: undefined });
    expect([...new Set(receivedIds(scene.pipeline))].sort()).toEqual(['a-1', 'b-1', 'c-1']);
  });
});

test('the storage answering only when contents are taken, each time, is not five deaths', async () => {
  const tables = createMemoryTables();
  const pipeline = createTestPipeline({ tables });
  const { clock } = pipeline;
  // It answers for two minutes, fails from the taking on for two, and so forth: a worker never finds it at its end.
  let downUntil = 0;
  let takings = 0;
  const flaky = meddledTables(tables, {
    before: () => {
      if (clock.now() < downUntil) throw new StorageError('Our tables do not answer; try again later.');
    },
    after: (call) => {
      if (!call.startsWith('transact ledger') || takings >= 5) return;
      takings += 1;
      downUntil = clock.now() + 2 * minute;
    },
  });
  const { ledger, marks, tenants, destinationMarks, repeats } = createTestPipeline({ tables: flaky });
  const batch = await list(pipeline, [listedContent(pipeline, 'a')]);
  await pipeline.queue.send(printBatch(batch), 0);
  const host = createTestHost(pipeline, { ...pipeline, ledger, marks, tenants, destinationMarks, repeats });

  await host.drain();

  expect(host.errors.length).toBeGreaterThan(1);
  expect(await rowsOf(pipeline)).toMatchObject([{ state: 'delivered', failures: 0, deaths: 0 }]);
});

describe('our own credential failing', () => {
  const refusal = new EntraError('Our secret has expired; make a new one.', { kind: 'credential-refused' });

  test('pauses every message, changes no tenant, counts no failure, and is said once a minute', async () => {
    const pipeline = createTestPipeline();
    const ids = Array.from({ length: 50 }, (_none, index) => `c${String(index).padStart(2, '0')}`);
    const batch = await list(
      pipeline,
      ids.map((id) => listedContent(pipeline, id)),
    );
    for (const content of batch.contents) await pipeline.queue.send(printBatch({ ...batch, contents: [content] }), 0);
    const fetchContent = pipeline.api.fetchContent.bind(pipeline.api);
    pipeline.api.fetchContent = (_tenant, uri) => {
      pipeline.api.calls.push(`fetch ${uri}`);
      return Promise.reject(refusal);
    };
    const before = await pipeline.tenants.get(tenantId);
    const begun = pipeline.clock.now();
    while (pipeline.clock.now() < begun + 20 * minute) {
      const due = messagesOf(pipeline).filter(({ inSeconds }) => inSeconds <= 0);
      const later = messagesOf(pipeline).filter(({ inSeconds }) => inSeconds > 0);
      (pipeline.queue.messages as unknown[]).length = 0;
      for (const { batch: one, inSeconds } of later) await pipeline.queue.send(printBatch(one), inSeconds);
      // As many at once as one worker has in hand.
      for (const some of chunks(due, 10)) {
        const work = some.map(({ batch: one }) => {
          const messageId = `${one.contents[0]?.id ?? ''}-${one.attempt}`;
          return forward(pipeline, one, { messageId });
        });
        await finish(pipeline.clock, Promise.all(work));
      }
      pipeline.clock.advance(10_000);
    }

    const said = pipeline.events.filter(({ event }) => event === 'credential-failing');
    expect(said.length).toBeGreaterThan(2);
    expect(said.length).toBeLessThanOrEqual(21);
    expect(await pipeline.tenants.get(tenantId)).toEqual(before);
    for (const row of await rowsOf(pipeline)) {
      expect(row).toMatchObject({ state: 'queued', failures: 0, deaths: 0, hold: undefined });
    }
    // Those in hand find out, a minute at a time; the others do not ask.
    expect(pipeline.api.calls.length).toBeLessThanOrEqual(21 * 10);

    pipeline.api.fetchContent = fetchContent;
    pipeline.clock.advance(20 * minute);
    await forwardAll(pipeline);
    expect(receivedIds(pipeline).sort()).toEqual(ids.map((id) => `${id}-1`));
  });
});
