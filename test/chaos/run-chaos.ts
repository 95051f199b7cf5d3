import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Scope } from '../../local/simulator/switches.ts';
import { isSwitchName, switchTable } from '../../local/simulator/switch-table.ts';
import { isSettled } from '../../local/start/account.ts';
import { printAccount } from '../../local/start/account-table.ts';
import { onboard } from '../../local/start/onboard.ts';
import type { RelayApi } from '../../local/start/relay-api.ts';
import { describeParked } from '../../local/start/describe-parked.ts';
import type { Clock } from '../../shared/clock.ts';
import type { ChaosArguments } from './arguments.ts';
import { countCauses } from './explain.ts';
import { judge } from './judge.ts';
import { createOffers } from './offers.ts';
import { readOutcomes } from './outcomes.ts';
import { createPlan } from './plan.ts';
import { play } from './play.ts';
import { describeVerdict } from './report.ts';
import { waitUntilSettled } from './settle.ts';
import { openStage } from './stage.ts';
import { habitOf } from './switch-values.ts';

const minuteMs = 60_000;

/** What faults leave behind may take so long to be made good, milliseconds. */
const patienceMs = (minutes: number): number => (minutes < 10 ? 15 : 35) * minuteMs;

/**
 * One fault run on real processes: faults and kills by seed, then the account of everything that was offered.
 * @param say takes what a person should read
 * @returns whether nothing is unaccounted for. Then the folder of the run is gone; else its place was said.
 */
export async function runChaos(
  { seed, minutes }: ChaosArguments,
  { clock, signal, say }: { clock: Clock; signal: AbortSignal; say: (line: string) => void },
): Promise<boolean> {
  const names = Object.keys(switchTable).filter(isSwitchName);
  const plan = createPlan(seed, minutes * minuteMs, names);
  say(`Seed ${seed}, ${minutes} min: ${plan.faults.length} faults, ${plan.contents.length} contents.`);
  for (const name of names) {
    const habit = habitOf(name);
    if ('leftOut' in habit) say(`The switch ${name} takes no part: ${habit.leftOut}.`);
  }
  const directory = await mkdtemp(join(tmpdir(), 'chaos-'));
  await mkdir(join(directory, 'storage'));
  let passed = false;
  try {
    passed = await playAndJudge();
  } finally {
    if (passed || signal.aborted) await rm(directory, { recursive: true, force: true });
    else say(`What is left of the run is in ${directory}.`);
  }
  return passed;

  async function playAndJudge(): Promise<boolean> {
    const began = clock.now();
    const elapsed = (): string => `${Math.round((clock.now() - began) / 1000)} s`;
    await using stage = await openStage({
      directory,
      storageDirectory: join(directory, 'storage'),
      tenants: plan.tenants,
      hosts: 2,
      destinations: ['soc', 'lake'],
      listSchedule: '*/5 * * * * *',
      clock,
      signal,
    });
    await onboard(stage.api, plan.tenants, () => undefined, clock, signal);
    await subscribed(stage.api, clock, signal);
    say(`${elapsed()}: everything runs, and ${plan.tenants.length} tenants are onboarded.`);
    const offers = createOffers(seed, () => clock.now(), stage.simulator.offer);
    const happenings = await play(plan, stage, { offers, clock, signal, say });
    say(`${elapsed()}: all faults have ended.`);
    const rows = await waitUntilSettled(stage, patienceMs(minutes), { clock, signal, say });
    say(`${elapsed()}: ${rows.length > 0 && isSettled(rows) ? 'everything is settled' : 'NOT everything is settled'}.`);
    for (const line of printAccount(rows)) say(line);
    for (const line of describeParked(await stage.api.parked(signal))) say(line);
    const outcomes = await readOutcomes(stage.clients, offers.contents);
    const taken = stage.receivers.map(({ name, taken }) => ({ destination: name, taken }));
    const swelling = plan.faults.filter((fault) => fault.kind === 'switch' && fault.name === 'repeated-records');
    const verdict = judge(offers.contents, outcomes, taken, (content) =>
      swelling.some((fault) => fault.kind === 'switch' && concerns(fault.scope, content)),
    );
    const wrong = stage.receivers.flatMap((receiver) => receiver.wrong);
    const twice = verdict.twice.map(({ arrivals }) => arrivals);
    const causes = countCauses(twice, happenings);
    for (const line of describeVerdict({ ...verdict, faults: [...verdict.faults, ...wrong] }, outcomes, causes))
      say(line);
    const clean = verdict.faults.length === 0 && wrong.length === 0 && isSettled(rows);
    if (!clean)
      await writeFile(
        join(directory, 'offered.json'),
        JSON.stringify(
          offers.contents.map(({ records, ...content }) => ({ ...content, records: records.map(({ id }) => id) })),
        ),
      );
    say(
      clean
        ? 'Zero unaccounted.'
        : `The account does NOT add up: run it again with --seed ${seed} --minutes ${minutes}.`,
    );
    return clean;
  }
}

/** Whether a switch of that scope may be about a feed. */
const concerns = ({ tenantId, contentType }: Scope, feed: { tenantId: string; contentType: string }): boolean =>
  (tenantId ?? feed.tenantId) === feed.tenantId && (contentType ?? feed.contentType) === feed.contentType;

/** A start that dies on the way is made again after 15 minutes only, so that faults begin when all are made. */
async function subscribed(api: RelayApi, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const tenants = await api.tenants(signal);
    const details = await Promise.all(tenants.map(({ tenantId }) => api.tenant(tenantId, signal)));
    if (details.every(({ feeds }) => feeds.every(({ state }) => state === 'active'))) return;
    await clock.sleep(500, signal);
  }
}
