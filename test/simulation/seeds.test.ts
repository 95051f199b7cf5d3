import { describe, expect, test } from 'vitest';

import { profiles } from './profiles.ts';
import { run } from './run.ts';

const blocks = 8;
const blockSize = 15;
const blockMs = 120_000;

/** What is wrong in the worlds of these seeds, with the command that shows it. */
async function wrongIn(seeds: readonly number[], profile?: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const seed of seeds) {
    const { violations, plan } = await run(String(seed), { profile });
    const how = `npm run simulate -- --seed ${seed}${profile === undefined ? '' : ` --profile ${profile}`}`;
    wrong.push(...violations.map((violation) => `${how} (${plan.profile}): ${violation}`));
  }
  return wrong;
}

const seedsFrom = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_none, index) => from + index);

describe('whatever goes wrong, in whatever order, all promises are kept', () => {
  test.each(seedsFrom(0, blocks))(
    'block %i of worlds',
    async (block) => {
      expect(await wrongIn(seedsFrom(1 + block * blockSize, blockSize))).toEqual([]);
    },
    blockMs,
  );

  test.each(profiles.map(({ name }) => name).filter((name) => name !== 'ten-days'))(
    'worlds of profile %s',
    async (profile) => {
      expect(await wrongIn(seedsFrom(90_001, 2), profile)).toEqual([]);
    },
    blockMs,
  );
});
