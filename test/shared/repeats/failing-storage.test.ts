import { expect, test } from 'vitest';

import { createSeenStore } from '../../../shared/state/seen.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createWorker, createWorld, feed, guid, record, records, take } from './repeats-fixture.ts';

test('storage that fails is told to whoever asks, and asked again by the next batch', async () => {
  const { tables, clock } = createWorld();
  const seen = createSeenStore(tables);
  const failing = { read: true, write: true };
  const fault = new StorageError('The table seen202611 is failing; try again.');
  const worker = createWorker(tables, clock, {
    seen: {
      ...seen,
      write: (...asked) => (failing.write ? Promise.reject(fault) : seen.write(...asked)),
      async *read(...asked) {
        if (failing.read) throw fault;
        yield* seen.read(...asked);
      },
    },
  });
  {
    using batch = worker.begin(feed);
    await expect(batch.sort('soc', 'a', records(1))).rejects.toBe(fault);
    failing.read = false;
    await expect(batch.sort('soc', 'a', records(1))).rejects.toBe(fault);
  }
  {
    using batch = worker.begin(feed);
    await batch.sort('soc', 'a', records(1));
    await expect(take(batch, 'soc', 'a', records(1))).rejects.toBe(fault);
  }
  // The destination has it all the same, and this process knows.
  failing.write = false;
  using batch = worker.begin(feed);
  expect(await batch.sort('soc', 'a', records(1))).toEqual({ fresh: [], had: [0], repeats: [] });
});

test('what could not be written is written at the next use of its place, before anybody relies on it', async () => {
  const { tables, clock } = createWorld();
  const seen = createSeenStore(tables);
  const fault = new StorageError('The table seen202611 is failing; try again.');
  let faults = 0;
  const worker = createWorker(tables, clock, {
    // Nothing is kept that may be forgotten.
    maxBytes: 0,
    seen: {
      ...seen,
      write: (...asked) => ((faults -= 1) >= 0 ? Promise.reject(fault) : seen.write(...asked)),
    },
  });
  // More hours than are written at once: most are not even begun when the first fails.
  const list = Array.from({ length: 40 }, (_, i) =>
    record(i, guid(i), new Date(Date.parse('2026-11-20T00:00:00Z') + 3_600_000 * i).toISOString().slice(0, 19)),
  );
  {
    using batch = worker.begin(feed);
    await batch.sort('soc', 'a', list);
    faults = 1;
    await expect(take(batch, 'soc', 'a', list)).rejects.toBe(fault);
  }
  clock.advance(300_000);
  {
    using batch = worker.begin(feed);
    faults = 1;
    await expect(batch.sort('soc', 'a', list)).rejects.toBe(fault);
  }
  {
    using batch = worker.begin(feed);
    expect((await batch.sort('soc', 'a', list)).had).toHaveLength(40);
  }
  using other = createWorker(tables, clock).begin(feed);
  expect((await other.sort('soc', 'b', list)).repeats).toHaveLength(40);
  // Written once: what is forgotten now is read again, and not written again.
  const written = worker.asked.filter((text) => text.startsWith('write')).length;
  using later = worker.begin(feed);
  await later.sort('soc', 'c', list);
  expect(worker.asked.filter((text) => text.startsWith('write'))).toHaveLength(written);
});
