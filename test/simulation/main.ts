import { parseArgs } from 'node:util';

import { profiles } from './profiles.ts';
import { run, type Run } from './run.ts';
import { shrink } from './shrink.ts';
import { createTally } from './tally.ts';

const usage = `npm run simulate -- --seed N      one world: the end of its trace, and its account
npm run simulate -- --seeds N     worlds 1 to N (--from F: F to F + N - 1), and a summary
  --profile NAME    ${profiles.map(({ name }) => name).join(', ')}
  --faults 3,17     only these faults of the plan happen
  --lines N         lines of the trace, default 60
  --no-shrink       failures are not shrunk`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const shownFailures = 3;

/** Shrinks the first failures only: one is enough to begin with. */
const mostShrunk = 3;

/** @param list numbers, or `none` */
const chosen = (list: string): ReadonlySet<number> => new Set(list === 'none' ? [] : list.split(',').map(Number));

async function one(seed: string, options: { profile: string | undefined; faults: string | undefined; lines: number }) {
  const faults = options.faults === undefined ? undefined : chosen(options.faults);
  const result = await run(seed, { profile: options.profile, faults, kept: options.lines, isDetailed: true });
  const { plan, world, violations } = result;
  for (const line of world.trace.lines()) say(line);
  say('');
  plan.faults.forEach((fault, index) => {
    if (faults?.has(index) !== false) say(`fault ${index}: ${JSON.stringify(fault)}`);
  });
  const tally = createTally();
  tally.add(result);
  for (const line of tally.lines()) say(line);
  say(`Seed ${seed}: ${world.scheduler.steps()} steps, trace ${world.trace.hash().toString(16)}.`);
  for (const violation of violations) say(`WRONG: ${violation}`);
  return violations.length === 0;
}

async function many(from: number, count: number, profile: string | undefined, isShrunk: boolean): Promise<boolean> {
  const tally = createTally();
  const failed: Run[] = [];
  const begun = performance.now();
  for (let seed = from; seed < from + count; seed += 1) {
    const result = await run(String(seed), { profile });
    tally.add(result);
    if (result.violations.length === 0) continue;
    failed.push(result);
    await tell(result, profile, isShrunk && failed.length <= mostShrunk);
  }
  for (const line of tally.lines()) say(line);
  const seconds = (performance.now() - begun) / 1000;
  say(`${count} seeds in ${seconds.toFixed(1)} s, ${failed.length} failed.`);
  return failed.length === 0;
}

async function tell({ plan, violations }: Run, profile: string | undefined, isShrunk: boolean): Promise<void> {
  const { seed } = plan;
  say(`Seed ${seed} (${plan.profile}) failed:`);
  for (const violation of violations.slice(0, shownFailures)) say(`  ${violation}`);
  if (violations.length > shownFailures) say(`  and ${violations.length - shownFailures} more`);
  if (!isShrunk) return;
  const faults = [...(await shrink(seed, { profile }))];
  for (const index of faults) say(`  fault ${index}: ${JSON.stringify(plan.faults[index])}`);
  const kind = profile === undefined ? '' : ` --profile ${profile}`;
  const left = faults.join(',') || 'none';
  say(`  npm run simulate -- --seed ${seed}${kind} --faults ${left}`);
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    profile: { type: 'string' },
    faults: { type: 'string' },
    lines: { type: 'string', default: '60' },
    'no-shrink': { type: 'boolean', default: false },
  },
});
const profile = values.profile;
let isFine: boolean;
if (values.seed !== undefined) {
  isFine = await one(values.seed, { profile, faults: values.faults, lines: Number(values.lines) });
} else if (values.seeds !== undefined) {
  isFine = await many(Number(values.from), Number(values.seeds), profile, !values['no-shrink']);
} else {
  say(usage);
  isFine = false;
}
process.exitCode = isFine ? 0 : 1;
