import { run, type RunOptions } from './run.ts';

/** How many runs a failure may cost to be shrunk. */
const mostRuns = 150;

/**
 * Leaves out faults of a failing run for as long as it fails without them: halves, quarters, and so on down to single
 * ones.
 * @returns numbers of the faults that are left
 */
export async function shrink(seed: string, options: Omit<RunOptions, 'faults'>): Promise<ReadonlySet<number>> {
  const first = await run(seed, options);
  let left = first.plan.faults.map((_fault, index) => index);
  let runs = 0;
  const fails = async (faults: readonly number[]): Promise<boolean> => {
    runs += 1;
    return (await run(seed, { ...options, faults: new Set(faults) })).violations.length > 0;
  };
  for (
    let size = Math.ceil(left.length / 2);
    size >= 1 && runs < mostRuns;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < left.length && runs < mostRuns;) {
      const without = left.filter((_fault, index) => index < at || index >= at + size);
      if (await fails(without)) left = without;
      else at += size;
    }
  }
  return new Set(left);
}
