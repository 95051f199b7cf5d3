import { parseArgs } from 'node:util';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    profile: { type: 'string' },
    lines: { type: 'string' },
  },
});
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

if (values.seed !== undefined) {
  const { plan, violations, world, faults } = await run(values.seed, {
    profile: values.profile,
    kept: Number(values.lines ?? 200),
    isDetailed: true,
  });
  for (const line of world.trace.lines()) say(line);
  say(JSON.stringify(faults, undefined, 1));
  say(`seed ${plan.seed}, ${plan.profile}, ${world.scheduler.steps()} steps, trace ${world.trace.hash().toString(16)}`);
  for (const violation of violations) say(violation);
  process.exitCode = violations.length === 0 ? 0 : 1;
} else {
  const count = Number(values.seeds ?? 100);
  const from = Number(values.from ?? 1);
  let failures = 0;
  const begun = performance.now();
  let steps = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const { violations, plan, world } = await run(String(seed), { profile: values.profile });
    steps += world.scheduler.steps();
    if (violations.length === 0) continue;
    failures += 1;
    say(
      `seed ${seed} (${plan.profile}): ${violations.slice(0, 3).join(' | ')}${violations.length > 3 ? ` and ${violations.length - 3} more` : ''}`,
    );
  }
  const ms = performance.now() - begun;
  say(
    `${count} seeds, ${failures} failed, ${(ms / count).toFixed(1)} ms a seed, ${Math.round(steps / count)} steps a seed`,
  );
  process.exitCode = failures === 0 ? 0 : 1;
}
