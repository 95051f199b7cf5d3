import { expect, test } from 'vitest';

import { createSeenStore } from '../../../shared/state/seen.ts';
import { createWorker, createWorld, feed, guid, record, records, take } from './repeats-fixture.ts';

const ordinalsOf = (list: readonly { readonly ordinal: number }[]): number[] => list.map(({ ordinal }) => ordinal);

test('what one worker delivered is known to another, to itself, and after a restart', async () => {
  const { tables, clock } = createWorld();
  const [first, second] = [createWorker(tables, clock), createWorker(tables, clock)];
  {
    using batch = first.begin(feed);
    const list = records(1, 2);
    expect(await batch.sort('soc', 'a', list)).toEqual({ fresh: list, had: [], repeats: [] });
    await take(batch, 'soc', 'a', list);
  }
  for (const worker of [first, second, createWorker(tables, clock)]) {
    using batch = worker.begin(feed);
    const list = records(2, 3);
    expect(await batch.sort('soc', 'b', list)).toEqual({ fresh: [list[1]], had: [], repeats: [0] });
  }
});

test('a worker that read before hears of what another delivered since, minutes or a month later', async () => {
  const { tables, clock } = createWorld('2026-11-30T23:55:00Z');
  const [first, second] = [createWorker(tables, clock), createWorker(tables, clock)];
  const at = '2026-11-30T23:00:00';
  for (let round = 0; round < 12; round += 1) {
    for (const [worker, content] of [
      [first, 'a'],
      [second, 'b'],
    ] as const) {
      using batch = worker.begin(feed);
      const list = [record(0, guid(2 * round), at), record(1, guid(2 * round + 1), at)];
      const sorted = await batch.sort('soc', `${content}${round}`, list);
      // Each takes one of the two, so that both have something to tell.
      expect(ordinalsOf(sorted.fresh)).toEqual(content === 'a' ? [0, 1] : [1]);
      await take(batch, 'soc', `${content}${round}`, sorted.fresh.slice(0, 1));
    }
    clock.advance(120_000);
  }
  expect(await tables.names('seen')).toEqual(['seen202611', 'seen202612']);
  using batch = first.begin(feed);
  const all = Array.from({ length: 24 }, (_, i) => record(i, guid(i), at));
  expect((await batch.sort('soc', 'c', all)).fresh).toEqual([]);
});

test('a worker that read before hears of a write that took nine minutes', async () => {
  const { tables, clock } = createWorld();
  const seen = createSeenStore(tables);
  const { promise: written, resolve: write } = Promise.withResolvers<undefined>();
  const slow = { ...seen, write: async (...row: Parameters<typeof seen.write>) => (await written, seen.write(...row)) };
  const [frozen, worker] = [createWorker(tables, clock, { seen: slow }), createWorker(tables, clock)];
  using late = frozen.begin(feed);
  await late.sort('soc', 'a', records(1));
  const taken = take(late, 'soc', 'a', records(1));

  clock.advance(9 * 60_000);
  using early = worker.begin(feed);
  expect((await early.sort('soc', 'b', records(2))).fresh).toHaveLength(1);
  write(undefined);
  await taken;

  using batch = worker.begin(feed);
  expect((await batch.sort('soc', 'c', records(1))).repeats).toEqual([0]);
});

test('a month is read for good ten minutes after it ended, and no month before the record came to be', async () => {
  const { tables, clock } = createWorld('2026-12-01T00:05:00Z');
  const worker = createWorker(tables, clock);
  const look = async (creationTime: string): Promise<string[]> => {
    worker.asked.length = 0;
    using batch = worker.begin(feed);
    await batch.sort('soc', 'a', [record(0, guid(1), creationTime)]);
    return worker.asked.map((text) => text.split(' ')[3] ?? '');
  };
  expect(await look('2026-11-30T12:00:00')).toEqual(['202611', '202612']);
  expect(await look('2026-11-30T12:00:00')).toEqual(['202611', '202612']);
  clock.advance(300_000);
  expect(await look('2026-11-30T12:00:00')).toEqual(['202611', '202612']);
  expect(await look('2026-11-30T12:00:00')).toEqual(['202612']);
  clock.advance(86_400_000 * 2);
  expect(await look('2026-12-02T12:00:00')).toEqual(['202612']);
  // Of a time that is nonsense nothing follows: all of the retention is read.
  expect(await look('2036-12-02T12:00:00')).toEqual(['202611', '202612']);
  expect(await look('2026-02-31T12:00:00')).toEqual(['202611', '202612']);
  expect(await look('2021-05-18T21:13:33')).toEqual(['202611', '202612']);
});

test('each destination is by itself', async () => {
  const { tables, clock } = createWorld();
  using batch = createWorker(tables, clock).begin(feed);
  const list = records(1);
  await batch.sort('soc', 'a', list);
  await take(batch, 'soc', 'a', list);
  expect((await batch.sort('archive', 'b', list)).fresh).toEqual(list);
  expect((await batch.sort('soc', 'b', list)).repeats).toEqual([0]);
});

test('feeds and hours of creation are by themselves', async () => {
  const { tables, clock } = createWorld();
  const worker = createWorker(tables, clock);
  using batch = worker.begin(feed);
  await batch.sort('soc', 'a', records(1));
  await take(batch, 'soc', 'a', records(1));
  using other = worker.begin({ ...feed, contentType: 'Audit.General' });
  expect((await other.sort('soc', 'b', records(1))).fresh).toHaveLength(1);
  const earlier = [record(0, guid(1), '2026-11-22T09:00:00')];
  expect((await batch.sort('soc', 'b', earlier)).fresh).toHaveLength(1);
});

test('a record that nobody could find again is always fresh, and is not written down', async () => {
  const { tables, clock } = createWorld();
  const worker = createWorker(tables, clock);
  using batch = worker.begin(feed);
  const odd = [
    record(0, undefined),
    { ...record(1, guid(1)), creationTime: undefined },
    record(2, guid(1), 'yesterday'),
  ];
  for (const content of ['a', 'b']) {
    expect((await batch.sort('soc', content, odd)).fresh).toBe(odd);
    await take(batch, 'soc', content, odd);
  }
  expect(worker.asked).toEqual([]);
});

test('what an earlier attempt delivered from the same content was had, also where another content had it too', async () => {
  const { tables, clock } = createWorld();
  for (const content of ['a', 'b']) {
    using batch = createWorker(tables, clock).begin(feed);
    // Two workers at the same moment: both delivered it.
    await take(batch, 'soc', content, records(1));
  }
  for (const content of ['a', 'b']) {
    using batch = createWorker(tables, clock).begin(feed);
    expect(await batch.sort('soc', content, records(1))).toEqual({ fresh: [], had: [0], repeats: [] });
    expect((await batch.end(content)).delivered.size).toBe(1);
  }
  using batch = createWorker(tables, clock).begin(feed);
  expect(await batch.sort('soc', 'c', records(1))).toEqual({ fresh: [], had: [], repeats: [0] });
  expect(await batch.recall('soc', 'b', records(1, 2))).toEqual([]);
  expect((await batch.end('b')).delivered.size).toBe(1);
  expect(await batch.recall('soc', 'c', records(1, 2))).toEqual([0]);
  expect((await batch.end('c')).delivered.size).toBe(0);
});

test('a batch reads a place once, batches at the same time share a read, and a later batch reads again', async () => {
  const { tables, clock } = createWorld();
  const worker = createWorker(tables, clock);
  {
    using one = worker.begin(feed);
    using two = worker.begin(feed);
    await Promise.all([one.sort('soc', 'a', records(1)), two.sort('soc', 'b', records(2))]);
    await one.sort('soc', 'a', records(3));
    await two.sort('soc', 'c', records(4));
  }
  expect(worker.asked).toEqual(['read soc 2026-11-22T10 202611']);
  using later = worker.begin(feed);
  await later.sort('soc', 'a', records(5));
  expect(worker.asked).toEqual(['read soc 2026-11-22T10 202611', 'keys soc 2026-11-22T10 202611']);
});

test('rows that are known are not read again, whoever wrote them', async () => {
  const { tables, clock } = createWorld();
  const [first, second] = [createWorker(tables, clock), createWorker(tables, clock)];
  const deliver = async (worker: typeof first, number: number): Promise<string[]> => {
    worker.asked.length = 0;
    clock.advance(1_000);
    using batch = worker.begin(feed);
    const list = records(number);
    await batch.sort('soc', `c${number}`, list);
    await take(batch, 'soc', `c${number}`, list);
    return worker.asked.map((text) => text.split(' ')[0] ?? '');
  };
  expect(await deliver(first, 1)).toEqual(['read', 'write']);
  expect(await deliver(first, 2)).toEqual(['keys', 'write']);
  expect(await deliver(second, 3)).toEqual(['read', 'write']);
  expect(await deliver(second, 4)).toEqual(['keys', 'write']);
  expect(await deliver(first, 5)).toEqual(['keys', 'read', 'write']);
  expect(await deliver(first, 6)).toEqual(['keys', 'write']);
});

test('hours far apart are all read, not all at once, and written in one row each', async () => {
  const { tables, clock } = createWorld();
  let atOnce = 0;
  let most = 0;
  const seen = createSeenStore(tables);
  const worker = createWorker(tables, clock, {
    seen: {
      ...seen,
      async *read(...asked) {
        most = Math.max(most, (atOnce += 1));
        yield* seen.read(...asked);
        atOnce -= 1;
      },
    },
  });
  const list = Array.from({ length: 100 }, (_, i) =>
    record(i, guid(i), new Date(Date.parse('2026-11-18T00:30:00Z') + 3_600_000 * (i % 50)).toISOString().slice(0, 19)),
  );
  using batch = worker.begin(feed);
  expect((await batch.sort('soc', 'a', list)).fresh).toHaveLength(100);
  await take(batch, 'soc', 'a', list);
  expect(most).toBe(16);
  expect(worker.asked.filter((text) => text.startsWith('write'))).toHaveLength(50);
  using other = createWorker(tables, clock).begin(feed);
  expect((await other.sort('soc', 'b', list)).repeats).toHaveLength(100);
});

test('places not used for longest are forgotten when there are too many, and read again from the table', async () => {
  const { tables, clock } = createWorld();
  // Room for two of them.
  const worker = createWorker(tables, clock, { maxBytes: 5_000 });
  const look = async (hour: number): Promise<string[]> => {
    worker.asked.length = 0;
    using batch = worker.begin(feed);
    const list = [record(0, guid(hour), `2026-11-22T0${hour}:00:00`)];
    const { fresh } = await batch.sort('soc', `${hour}-${clock.now()}`, list);
    await take(batch, 'soc', `${hour}-${clock.now()}`, fresh);
    // Past the slack, so that only a place that was forgotten is read as a whole.
    clock.advance(600_000);
    return worker.asked.map((text) => text.split(' ')[0] ?? '');
  };
  for (const hour of [1, 2, 3]) expect(await look(hour)).toEqual(['read', 'write']);
  expect(await look(2)).toEqual(['keys']);
  expect(await look(1)).toEqual(['read']);
  expect(await look(2)).toEqual(['keys']);
  expect(await look(3)).toEqual(['read']);
});

test('a place that a batch uses is not forgotten, however little room there is', async () => {
  const { tables, clock } = createWorld();
  const worker = createWorker(tables, clock, { maxBytes: 0 });
  using batch = worker.begin(feed);
  await batch.sort('soc', 'a', records(1));
  {
    using other = worker.begin(feed);
    await other.sort('soc', 'b', [record(0, guid(2), '2026-11-22T09:00:00')]);
  }
  using later = worker.begin(feed);
  expect((await later.sort('soc', 'c', records(1))).repeats).toEqual([0]);
});
