import { beforeEach, describe, expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { type DestinationHealth, readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import { createDestinationMarkStore, type DestinationMark } from '../../../shared/state/destination-marks.ts';
import { createTestPipeline, type TestPipeline } from '../../support/test-pipeline.ts';

const unavailable = new DestinationError('Destination soc is down; wait.', { kind: 'unavailable' });
const refused = new DestinationError('Destination soc refuses all.', { kind: 'refused' });

let pipeline: TestPipeline;
beforeEach(() => {
  pipeline = createTestPipeline({ destinations: ['soc', 'archive'] });
});

const read = (): Promise<DestinationHealth> => readDestinationHealth(pipeline);
const markOf = async (name: string): Promise<DestinationMark | undefined> =>
  (await pipeline.destinationMarks.all()).get(name)?.value;
const said = (event: string): number => pipeline.events.filter((one) => one.event === event).length;

/** One probe that fails. @returns how long the mark then lasts */
async function probe(): Promise<number> {
  const health = await read();
  expect(await health.mayAsk('soc')).toBe(true);
  expect(health.isProbe('soc')).toBe(true);
  return ((await health.failed('soc', unavailable)) ?? NaN) - pipeline.clock.now();
}

describe('a destination that fails', () => {
  test('is down from then on: 5 s, doubling to 60 s with each probe, said once, since the first', async () => {
    const begun = pipeline.clock.now();
    const spans = [((await (await read()).failed('soc', unavailable)) ?? NaN) - begun];
    for (let probes = 1; probes <= 6; probes += 1) {
      pipeline.clock.advance(spans.at(-1) ?? 0);
      spans.push(await probe());
    }
    expect(spans).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    expect(await markOf('soc')).toMatchObject({
      standing: 'down',
      since: begun,
      times: 7,
      reason: unavailable.message,
    });
    expect(said('destination-failing')).toBe(1);
    const health = await read();
    expect([health.isDown('soc'), health.isDown('archive')]).toEqual([true, false]);
    expect(health.downMark('soc')?.since).toBe(begun);
  });

  test('stays down however long ago its mark ran out', async () => {
    await (await read()).failed('soc', unavailable);
    pipeline.clock.advance(10 * 86_400_000);
    expect((await read()).isDown('soc')).toBe(true);
  });

  test('is asked again by one of all workers, and by nobody before its mark runs out', async () => {
    await (await read()).failed('soc', unavailable);
    expect(await (await read()).mayAsk('soc')).toBe(false);
    pipeline.clock.advance(5_000);
    const workers = await Promise.all(Array.from({ length: 5 }, read));
    const claims = await Promise.all(workers.map((health) => health.mayAsk('soc')));
    expect(claims.filter(Boolean)).toHaveLength(1);
    // It has a minute to come to an end; if it dies, somebody else may.
    pipeline.clock.advance(59_999);
    expect(await (await read()).mayAsk('soc')).toBe(false);
    pipeline.clock.advance(1);
    expect(await (await read()).mayAsk('soc')).toBe(true);
  });

  test('may be asked by who came too late to probe, once the probe has found it up', async () => {
    await (await read()).failed('soc', unavailable);
    const late = await read();
    expect([late.isDown('soc'), late.isOut('soc'), late.isOut('archive')]).toEqual([true, true, false]);
    pipeline.clock.advance(5_000);
    // There may be something to send by now: it is fetched.
    expect(late.isOut('soc')).toBe(false);
    const probing = await read();
    await probing.mayAsk('soc');
    probing.noteTaken('soc');
    await probing.settleTaken();
    expect(await late.mayAsk('soc')).toBe(true);
    expect([late.isDown('soc'), late.isProbe('soc')]).toEqual([false, false]);
  });

  test('is nobody else’s to put back: only who set or moved the mark hears when to ask again', async () => {
    const [first, second] = [await read(), await read()];
    expect(await first.failed('soc', unavailable)).toBe(pipeline.clock.now() + 5_000);
    expect(await second.failed('soc', unavailable)).toBeUndefined();
    expect((await markOf('soc'))?.times).toBe(1);
    expect(second.isDown('soc')).toBe(true);
    // One that began while it was up fails later still.
    expect(await (await read()).failed('soc', unavailable)).toBeUndefined();
    expect(said('destination-failing')).toBe(1);
  });

  test('is left alone for as long as it asked for, an hour at most', async () => {
    const busy = (retryAfterMs: number) => new DestinationError('Busy.', { kind: 'unavailable', retryAfterMs });
    expect(await (await read()).failed('soc', busy(600_000))).toBe(pipeline.clock.now() + 600_000);
    expect(await (await read()).failed('archive', busy(86_400_000_000))).toBe(pipeline.clock.now() + 3_600_000);
  });

  test('keeps what another worker wrote, if its probe came late', async () => {
    await (await read()).failed('soc', unavailable);
    pipeline.clock.advance(5_000);
    const late = await read();
    await late.mayAsk('soc');
    pipeline.clock.advance(60_000);
    await probe();
    const before = await markOf('soc');
    expect(await late.failed('soc', unavailable)).toBeUndefined();
    expect(await markOf('soc')).toEqual(before);
  });
});

describe('a destination that works again', () => {
  test('came up with the first record that it takes; what waits is queued once, then all is well', async () => {
    await (await read()).failed('soc', unavailable);
    pipeline.clock.advance(5_000);
    const health = await read();
    await health.mayAsk('soc');
    health.noteTaken('soc');
    expect([health.isDown('soc'), health.isProbe('soc')]).toEqual([false, false]);
    await health.settleTaken();

    expect(await markOf('soc')).toMatchObject({ standing: 'came-up', takenAt: pipeline.clock.now() });
    expect(said('destination-works-again')).toBe(1);
    const close = await read();
    expect(close.cameUp()).toEqual(['soc']);
    await close.settleCameUp('soc');
    expect((await read()).cameUp()).toEqual([]);
    expect((await read()).isDown('soc')).toBe(false);
    expect((await read()).lastTaken('soc')).toBe(pipeline.clock.now());

    // The next outage counts from the beginning.
    pipeline.clock.advance(1_000);
    await (await read()).failed('soc', unavailable);
    expect(await markOf('soc')).toMatchObject({ standing: 'down', times: 1, since: pipeline.clock.now() });
  });

  test('is up when a batch delivers that began before it was put down, but not by what it took before', async () => {
    const [old, other] = [await read(), await read()];
    other.noteTaken('soc');
    pipeline.clock.advance(1_000);
    await (await read()).failed('soc', unavailable);
    await other.settleTaken();
    expect((await markOf('soc'))?.standing).toBe('down');
    pipeline.clock.advance(1_000);
    old.noteTaken('soc');
    await old.settleTaken();
    expect((await markOf('soc'))?.standing).toBe('came-up');
  });

  test('is up even if another worker moved the mark on meanwhile', async () => {
    await (await read()).failed('soc', unavailable);
    pipeline.clock.advance(5_000);
    const health = await read();
    await health.mayAsk('soc');
    pipeline.clock.advance(60_000);
    await probe();
    health.noteTaken('soc');
    await health.settleTaken();
    expect((await markOf('soc'))?.standing).toBe('came-up');
  });

  test('went down again before Close had looked: it stays down', async () => {
    await (await read()).failed('soc', unavailable);
    pipeline.clock.advance(5_000);
    const health = await read();
    await health.mayAsk('soc');
    health.noteTaken('soc');
    await health.settleTaken();
    const close = await read();
    await (await read()).failed('soc', unavailable);
    await close.settleCameUp('soc');
    expect((await markOf('soc'))?.standing).toBe('down');
  });

  test('says that it still takes records twice a minute, and not over what another wrote meanwhile', async () => {
    const first = await read();
    await first.failed('soc', unavailable);
    first.noteTaken('soc');
    await first.settleTaken();
    let before = (await markOf('soc'))?.takenAt;
    const told: number[] = [];
    for (let seconds = 0; seconds < 120; seconds += 1) {
      pipeline.clock.advance(1_000);
      const health = await read();
      health.noteTaken('soc');
      await health.settleTaken();
      const after = (await markOf('soc'))?.takenAt;
      if (after !== before) told.push(seconds + 1);
      before = after;
    }
    expect(told).toEqual([30, 60, 90, 120]);

    const late = await read();
    late.noteTaken('soc');
    pipeline.clock.advance(60_000);
    await (await read()).failed('soc', unavailable);
    await late.settleTaken();
    expect((await markOf('soc'))?.standing).toBe('down');
  });

  test('writes nothing while all is well', async () => {
    const health = await read();
    health.noteTaken('soc');
    await health.settleTaken();
    expect(await pipeline.destinationMarks.all()).toEqual(new Map());
    expect(health.lastTaken('soc')).toBe(pipeline.clock.now());
  });
});

describe('refusals', () => {
  test('of something, a minute after it took something else, do not put a destination down', async () => {
    const health = await read();
    health.noteTaken('soc');
    pipeline.clock.advance(59_999);
    expect(await health.failed('soc', refused)).toBeUndefined();
    expect((await read()).isDown('soc')).toBe(false);
    pipeline.clock.advance(1);
    expect(await health.failed('soc', refused)).toBe(pipeline.clock.now() + 5_000);
    expect((await read()).isDown('soc')).toBe(true);
  });

  test('do not put down what another process delivers to, once it is known to be a destination that may fail', async () => {
    const elsewhere = { ...pipeline, destinationMarks: createDestinationMarkStore(pipeline.tables) };
    await (await read()).failed('soc', unavailable);
    pipeline.clock.advance(5_000);
    const begun = await readDestinationHealth(elsewhere);
    for (let seconds = 0; seconds < 120; seconds += 10) {
      const health = await read();
      health.noteTaken('soc');
      await health.settleTaken();
      pipeline.clock.advance(10_000);
    }
    // It knows what was known when its batch began, and what its own process saw.
    expect(await begun.failed('soc', refused)).toBeUndefined();
    expect((await readDestinationHealth(elsewhere)).isDown('soc')).toBe(false);
    pipeline.clock.advance(60_000);
    expect(await begun.failed('soc', refused)).toBeDefined();
    expect((await read()).isDown('soc')).toBe(true);
  });

  test('do not matter while something else is wrong with it', async () => {
    const health = await read();
    health.noteTaken('soc');
    expect(await health.failed('soc', unavailable)).toBeDefined();
  });
});

describe('what Close is to send', () => {
  test('is one batch in two minutes, half a minute after a mark ran out that nobody took up', async () => {
    await (await read()).failed('soc', unavailable);
    pipeline.clock.advance(34_999);
    expect(await (await read()).claimSending('soc')).toBe(false);
    pipeline.clock.advance(1);
    const listers = await Promise.all([read(), read()]);
    const claims = await Promise.all(listers.map((health) => health.claimSending('soc')));
    expect(claims.filter(Boolean)).toHaveLength(1);
    pipeline.clock.advance(119_999);
    expect(await (await read()).claimSending('soc')).toBe(false);
    // The worker that receives the batch is the one to probe.
    expect(await (await read()).mayAsk('soc')).toBe(true);
    pipeline.clock.advance(86_400_000);
    expect(await (await read()).claimSending('soc')).toBe(true);
    expect(await (await read()).claimSending('archive')).toBe(false);
  });

  test('is left to whoever probes', async () => {
    await (await read()).failed('soc', unavailable);
    pipeline.clock.advance(35_000);
    const health = await read();
    expect([health.isUnclaimed('soc'), health.isUnclaimed('archive')]).toEqual([true, false]);
    await health.mayAsk('soc');
    expect((await read()).isUnclaimed('soc')).toBe(false);
  });

  test('depends on who is up: any configured one, or none that exists', async () => {
    const health = await read();
    await health.failed('soc', unavailable);
    expect(health.someUp(['soc'])).toBe(false);
    expect(health.someUp(['soc', 'gone'])).toBe(false);
    expect(health.someUp(['soc', 'archive'])).toBe(true);
    expect(health.someUp(['gone'])).toBe(true);
  });
});
