import type { Clock } from '../../shared/clock.ts';
import type { Happenings } from './explain.ts';
import { startFetchLog } from './fetch-log.ts';
import type { Offers } from './offers.ts';
import type { Fault, Plan } from './plan.ts';
import type { Stage } from './stage.ts';

/** Plays a plan on the stage. When it is over, all faults are, and all hosts are up. */
export async function play(
  plan: Plan,
  stage: Stage,
  { offers, clock, signal, say }: { offers: Offers; clock: Clock; signal: AbortSignal; say: (line: string) => void },
): Promise<Happenings> {
  using log = startFetchLog(() => clock.now());
  const kills: { host: number; at: number }[] = [];
  const pauses: { from: number; until: number }[] = [];
  const begun = clock.now();

  async function begin(fault: Fault): Promise<void> {
    if (fault.kind === 'switch') stage.simulator.switches.setText(fault.name, fault.value, fault.scope);
    else if (fault.kind === 'destination') stage.receivers[fault.destination]?.begin(fault.fault);
    else if (fault.kind === 'storage-pause') stage.storage.pause();
    else {
      const at = await stage.hosts[fault.host]?.kill(fault.victim);
      if (at !== undefined) kills.push({ host: fault.host, at });
    }
  }
  async function end(fault: Fault, from: number): Promise<void> {
    if (fault.kind === 'switch') stage.simulator.switches.reset(fault.name, fault.scope);
    else if (fault.kind === 'destination') stage.receivers[fault.destination]?.end(fault.fault);
    else if (fault.kind === 'storage-pause') {
      stage.storage.goOn();
      pauses.push({ from, until: clock.now() });
    } else await stage.hosts[fault.host]?.restart();
  }
  const until = (time: number): Promise<void> => clock.sleep(begun + time - clock.now(), signal);

  const faults = plan.faults.map(async (fault) => {
    await until(fault.from);
    say(`${seconds(fault.from)} ${describe(fault)}`);
    const from = clock.now();
    await begin(fault);
    await until(fault.until);
    await end(fault, from);
  });
  const offering = (async () => {
    for (const content of plan.contents) {
      if (content.at > clock.now() - begun) await until(content.at);
      offers.offer(content);
    }
  })();
  const outcomes = await Promise.allSettled([...faults, offering]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  stage.simulator.switches.reset();
  return { kills, pauses, fetches: log.fetches };
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`.padStart(9);

/** A fault in words, without what differs between two runs of the same seed. */
export function describe(fault: Fault): string {
  const span = `for ${((fault.until - fault.from) / 1000).toFixed(1)} s`;
  switch (fault.kind) {
    case 'switch': {
      const { tenantId = 'every tenant', contentType = 'every type' } = fault.scope;
      return `${fault.name} = ${JSON.stringify(fault.value)}, ${tenantId}, ${contentType}, ${span}`;
    }
    case 'destination':
      return `destination ${fault.destination}: ${JSON.stringify(fault.fault)} ${span}`;
    case 'kill':
      return `kill -9 of ${fault.victim} ${fault.host}${fault.victim === 'host' ? `, gone ${span}` : ''}`;
    case 'storage-pause':
      return `storage paused ${span}`;
  }
}
