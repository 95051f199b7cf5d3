import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { contentTypes } from '../../local/simulator/content-types.ts';
import { isSwitchName, switchTable } from '../../local/simulator/switch-table.ts';
import { isSettled } from '../../local/start/account.ts';
import { onboard } from '../../local/start/onboard.ts';
import type { Clock } from '../../shared/clock.ts';
import type { ChaosArguments } from './arguments.ts';
import { caughtUp } from './caught-up.ts';
import { giveAccount } from './give-account.ts';
import { createOffers } from './offers.ts';
import { patiently } from './patiently.ts';
import { createPlan, type Plan } from './plan.ts';
import { play } from './play.ts';
import { waitUntilSettled } from './settle.ts';
import { openStage } from './stage.ts';
import { habitOf } from './switch-values.ts';

const minuteMs = 60_000;

/**
 * What faults leave behind may take so long to be made good, milliseconds: a content whose message died with its sender is
 * queued again after a quarter of an hour, and then, if that was in vain too, which a short run has no time for, half of one.
 */
const patienceMs = (minutes: number): number => (minutes < 10 ? 20 : 50) * minuteMs;

interface Surroundings {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Takes what a person should read. */
  readonly say: (line: string) => void;
}

/**
 * One fault run on real processes: faults and kills by seed, then the account of everything that was offered.
 * @returns whether nothing is unaccounted for. Then the folder of the run is gone; else its place was said.
 */
export async function runChaos(args: ChaosArguments, surroundings: Surroundings): Promise<boolean> {
  const { signal, say } = surroundings;
  const { seed, minutes } = args;
  const names = Object.keys(switchTable).filter(isSwitchName);
  const plan = createPlan(seed, minutes * minuteMs, names);
  say(`Seed ${seed}, ${minutes} min: ${plan.faults.length} faults, ${plan.contents.length} contents.`);
  for (const name of names) {
    const habit = habitOf(name);
    if ('leftOut' in habit) say(`The switch ${name} takes no part: ${habit.leftOut}.`);
  }
  const directory = await mkdtemp(join(tmpdir(), 'chaos-'));
  let passed = false;
  try {
    passed = await runPlan(args, plan, directory, surroundings);
    say(passed ? 'Zero unaccounted.' : `It does NOT add up: run it again with --seed ${seed} --minutes ${minutes}.`);
  } finally {
    if (passed || signal.aborted) await rm(directory, { recursive: true, force: true });
    else say(`What is left of the run is in ${directory}.`);
  }
  return passed;
}

async function runPlan(
  { seed, minutes }: ChaosArguments,
  plan: Plan,
  directory: string,
  surroundings: Surroundings,
): Promise<boolean> {
  const { clock, signal, say } = surroundings;
  const began = clock.now();
  const tell = (what: string): void => {
    say(`${Math.round((clock.now() - began) / 1000)} s: ${what}.`);
  };
  const storageDirectory = join(directory, 'storage');
  await mkdir(storageDirectory);
  await using stage = await openStage({
    directory,
    storageDirectory,
    tenants: plan.tenants,
    destinations: ['soc', 'lake'],
    listSchedule: '*/5 * * * * *',
    clock,
    signal,
  });
  await onboard(stage.api, plan.tenants, () => undefined, clock, signal);
  // A subscription's start that dies on the way is made again after 15 minutes only, and the first listing of 167 hours by
  // two hosts at once is more than a small machine has time for: faults begin when both are done.
  const feedCount = plan.tenants.length * contentTypes.length;
  await patiently(clock, signal, () => caughtUp(stage.clients, feedCount, signal));
  await stage.addHost();
  tell(`everything runs, and ${plan.tenants.length} tenants are onboarded`);
  const offers = createOffers(seed, () => clock.now(), stage.simulator.offer);
  const happenings = await play(plan, stage, { offers, clock, signal, say });
  tell('all faults have ended');
  const rows = await waitUntilSettled(stage, patienceMs(minutes), { clock, signal, say });
  tell(isSettled(rows) ? 'everything is settled' : 'NOT everything is settled');
  return await giveAccount({ stage, plan, offered: offers.contents, happenings, rows }, surroundings);
}
