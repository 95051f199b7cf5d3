import { expect, test } from 'vitest';

import { createDestinationMarkStore, type DestinationMark } from '../../../shared/state/destination-marks.ts';
import { createMarkStore } from '../../../shared/state/marks.ts';
import { RowConflict, StorageError } from '../../../shared/state/table.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMemoryTables } from '../../support/memory-tables.ts';
import { meddledTables } from '../pipeline/meddled-tables.ts';

function setUp() {
  const clock = createManualClock();
  const inner = createMemoryTables();
  const reads: string[] = [];
  const tables = meddledTables(inner, {
    before: (call) => {
      if (/^(get|query)/.test(call)) reads.push(call);
    },
  });
  return { clock, inner, tables, reads };
}

const throttle = (until: number) => ({ until, times: 1, reason: 'Too many requests.' });

test('what was read within 5 s will do, also that there was nothing', async () => {
  const { clock, inner, tables, reads } = setUp();
  const marks = createMarkStore(tables, clock);
  await Promise.all([marks.recent('throttled', 'a'), marks.recent('throttled', 'a')]);
  await createMarkStore(inner).set('throttled', 'a', throttle(1000));
  clock.advance(4_999);
  expect(await marks.recent('throttled', 'a')).toBeUndefined();
  expect(reads).toHaveLength(1);
  clock.advance(1);
  expect(await marks.recent('throttled', 'a')).toMatchObject({ until: 1000 });
  expect(await marks.get('throttled', 'a')).toMatchObject({ until: 1000 });
  expect(reads).toHaveLength(3);
});

test('what this process writes it obeys at once, even if the table did not take it', async () => {
  const { clock, inner } = setUp();
  let isDown = false;
  const tables = meddledTables(inner, {
    before: (call) => {
      if (isDown && call.startsWith('put')) throw new StorageError('The table marks is down.');
    },
  });
  const marks = createMarkStore(tables, clock);
  expect(await marks.recent('throttled', 'a')).toBeUndefined();
  await marks.set('throttled', 'a', throttle(1000));
  expect(await marks.recent('throttled', 'a')).toMatchObject({ until: 1000 });
  isDown = true;
  await expect(marks.set('throttled', 'a', throttle(2000))).rejects.toBeInstanceOf(StorageError);
  expect(await marks.recent('throttled', 'a')).toMatchObject({ until: 2000 });
  await marks.clear('throttled', 'a');
  expect(await marks.recent('throttled', 'a')).toBeUndefined();
});

test('a read that fails is not remembered', async () => {
  const { clock, inner } = setUp();
  let isDown = true;
  const tables = meddledTables(inner, {
    before: () => {
      if (isDown) throw new StorageError('The table marks is down.');
    },
  });
  const marks = createMarkStore(tables, clock);
  await expect(marks.recent('credential', 'entra')).rejects.toBeInstanceOf(StorageError);
  isDown = false;
  expect(await marks.recent('credential', 'entra')).toBeUndefined();
});

test('of many that claim a mark at once, one does; the next can when it has run out', async () => {
  const { clock, inner } = setUp();
  const marks = createMarkStore(inner, clock);
  const claim = (now: number) => marks.claim('credential', 'entra', { now, until: now + 60_000, reason: 'Expired.' });
  const claims = await Promise.all([claim(0), claim(0), claim(0)]);
  expect(claims.map(({ isOurs }) => isOurs).sort()).toEqual([false, false, true]);
  expect(await claim(59_999)).toEqual({ until: 60_000, isOurs: false });
  expect(await claim(60_000)).toEqual({ until: 120_000, isOurs: true });
  expect(await marks.recent('credential', 'entra')).toMatchObject({ until: 120_000, times: 2 });
});

test('destinations: reads are shared for 5 s, what is written here is read again, by etag only', async () => {
  const { clock, tables, reads } = setUp();
  const marks = createDestinationMarkStore(tables, clock);
  const down: DestinationMark = {
    standing: 'down',
    until: 5_000,
    since: 0,
    times: 1,
    reason: 'It is down.',
    takenAt: undefined,
    probeSentAt: undefined,
  };
  await Promise.all([marks.recent(), marks.recent()]);
  expect(reads).toHaveLength(1);
  const stored = await marks.write('soc', down, undefined);
  expect((await marks.recent()).get('soc')).toEqual(stored);
  expect(reads).toHaveLength(2);
  await expect(marks.write('soc', down, undefined)).rejects.toBeInstanceOf(RowConflict);
  await marks.recent();
  expect(reads).toHaveLength(3);
  clock.advance(5_000);
  await marks.recent();
  expect(reads).toHaveLength(4);
});
