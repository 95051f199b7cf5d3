import { describe, expect, test } from 'vitest';

import { listHour } from '../../../shared/pipeline/list-hour.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { activeTenant, createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';
import { close, feed, hour, hours, never, offer, queuedIds, rowsOf } from './listing-fixture.ts';
import { meddledTables } from './meddled-tables.ts';

type Lister = 'first' | 'second';

/** Two listers on the same tables and queue, each of which makes a call only when it is told to. */
interface TwoListers {
  readonly pipeline: TestPipeline;
  /** Lets one make up to `calls` calls; fewer when it is done before. @returns how many it made */
  readonly step: (lister: Lister, calls: number) => Promise<number>;
}

/** Memory tables and the fake API resolve within microtasks, all of which are done when this is. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** @param late offers what only the second lister is to see; called before its listing */
function startTwo(contents: number, late?: (pipeline: TestPipeline) => void): TwoListers {
  const tables = createMemoryTables();
  const pipeline = createTestPipeline({ tables });
  offer(pipeline, contents);
  const waiting = new Map<Lister, () => void>();
  const turn = (lister: Lister) => (): Promise<void> =>
    new Promise((resolve) => {
      waiting.set(lister, resolve);
    });
  const start = (lister: Lister): void => {
    const wait = turn(lister);
    const api = {
      ...pipeline.api,
      async *listContents(...args: Parameters<typeof pipeline.api.listContents>) {
        await wait();
        if (lister === 'second') late?.(pipeline);
        yield* pipeline.api.listContents(...args);
      },
    };
    const queue = {
      send: async (text: string, delay: number) => {
        await wait();
        await pipeline.queue.send(text, delay);
      },
    };
    const own = createTestPipeline({ tables: meddledTables(tables, { before: wait }) });
    const random = { ...pipeline.random, token: () => `mark of the ${lister}` };
    listHour({ ...own, api, queue, random, clock: pipeline.clock }, activeTenant(), feed, hour, never).catch(
      (error: unknown) => {
        errors.push(error);
      },
    );
  };
  const errors: unknown[] = [];
  start('first');
  start('second');
  return {
    pipeline,
    async step(lister, calls) {
      let made = 0;
      for (; made < calls; made += 1) {
        await settled();
        const go = waiting.get(lister);
        if (go === undefined) break;
        waiting.delete(lister);
        go();
      }
      await settled();
      if (errors.length > 0) throw errors[0];
      return made;
    },
  };
}

const all = Number.POSITIVE_INFINITY;

async function expectNothingLost(pipeline: TestPipeline, contents: number): Promise<void> {
  expect(await rowsOf(pipeline)).toHaveLength(contents);
  expect(new Set(queuedIds(pipeline.queue)).size).toBe(contents);
}

/** What the next cycles do: the hour is listed again, and an hour later Close looks after what nobody sent. */
async function nextCycles(pipeline: TestPipeline): Promise<void> {
  await listHour(pipeline, activeTenant(), feed, hour, never);
  pipeline.clock.advance(hours(1));
  await pipeline.tenants.insert(activeTenant());
  await close(pipeline);
}

describe('two listers at one hour', () => {
  const callsOfOne = 10;

  test('make so many calls that every interleaving below is one', async () => {
    const { step } = startTwo(3);
    expect(await step('first', all)).toBe(callsOfOne - 1);
  });

  for (let first = 0; first <= callsOfOne; first += 1) {
    test(`insert once and enqueue everything: one pauses at call ${first}, the other at any`, async () => {
      for (let second = 0; second <= callsOfOne; second += 1) {
        const { pipeline, step } = startTwo(3);
        await step('first', first);
        await step('second', second);
        await step('first', all);
        await step('second', all);
        await expectNothingLost(pipeline, 3);
        expect((await pipeline.hours.get(feed, hour))?.value.hash).toEqual(expect.any(String));
        expect(await pipeline.openHours.all()).toHaveLength(1);
      }
    });

    test(`lose nothing when one pauses at call ${first} and dies while the other is at work`, async () => {
      for (let second = 0; second <= callsOfOne; second += 1) {
        for (let more = 0; more <= callsOfOne - first; more += 1) {
          const { pipeline, step } = startTwo(3, (at) => {
            if (at.api.contents.length === 3) offer(at, 2, 3);
          });
          await step('first', first);
          await step('second', second);
          await step('first', more);
          await step('second', all);
          if (pipeline.api.contents.length === 3) offer(pipeline, 2, 3);
          await nextCycles(pipeline);
          await expectNothingLost(pipeline, 5);
        }
      }
    });
  }

  test('call by call in turns', async () => {
    const { pipeline, step } = startTwo(120);
    for (let made = 1; made > 0;) made = (await step('first', 1)) + (await step('second', 1));
    await expectNothingLost(pipeline, 120);
  });
});
