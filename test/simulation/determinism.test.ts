import { expect, test } from 'vitest';

import { profiles } from './profiles.ts';
import { run } from './run.ts';

const shownOf = async (seed: string, profile: string) => {
  const { world } = await run(seed, { profile });
  return { hash: world.trace.hash(), steps: world.scheduler.steps(), lines: world.trace.lines() };
};

test.each(profiles.filter(({ name }) => name !== 'ten-days').map(({ name }) => name))(
  'the same seed is the same world, step by step: %s',
  async (profile) => {
    const first = await shownOf('7', profile);

    expect(await shownOf('7', profile)).toEqual(first);
    expect((await shownOf('8', profile)).hash).not.toBe(first.hash);
  },
);

test('a world is made of what the seed says alone: nothing of it is left to the next', async () => {
  const before = await shownOf('11', 'storm');
  await shownOf('12', 'crowd');

  expect(await shownOf('11', 'storm')).toEqual(before);
});
