import { expect, test } from 'vitest';

import { holes } from './holes.ts';
import { run } from './run.ts';
import { shrink } from './shrink.ts';

/** Worlds in which a hole must show; most show in the first. */
const mostSeeds = 80;
const holeMs = 120_000;

async function firstFailing({ profile, hole }: (typeof holes)[string]): Promise<string | undefined> {
  for (let seed = 1; seed <= mostSeeds; seed += 1) {
    if ((await run(String(seed), { profile, hole })).violations.length > 0) return String(seed);
  }
  return undefined;
}

test.each(Object.entries(holes))(
  'the simulation finds out when %s',
  async (_name, hole) => {
    expect(await firstFailing(hole)).toBeDefined();
  },
  holeMs,
);

test(
  'a failure is shrunk to the few faults that it takes',
  async () => {
    const { hole } = holes['a request that failed counts as taken'] ?? {};
    const options = { profile: 'storm', hole };
    const seed = '3';
    const all = await run(seed, options);
    expect(all.violations).not.toEqual([]);

    const left = await shrink(seed, options);

    expect(left.size).toBeGreaterThan(0);
    expect(left.size).toBeLessThan(all.plan.faults.length / 4);
    expect((await run(seed, { ...options, faults: left })).violations).not.toEqual([]);
    const none = await run(seed, { ...options, faults: new Set() });
    expect(none.violations).toEqual([]);
  },
  holeMs,
);
