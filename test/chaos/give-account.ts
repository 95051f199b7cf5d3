import type { Scope } from '../../local/simulator/switches.ts';
import { type AccountRow, isSettled } from '../../local/start/account.ts';
import { printAccount } from '../../local/start/account-table.ts';
import { describeParked } from '../../local/start/describe-parked.ts';
import type { Clock } from '../../shared/clock.ts';
import { countCauses, type Happenings } from './explain.ts';
import { judge } from './judge.ts';
import type { OfferedContent } from './offers.ts';
import { readOutcomes } from './outcomes.ts';
import { patiently } from './patiently.ts';
import type { Plan } from './plan.ts';
import { describeVerdict } from './report.ts';
import type { Stage } from './stage.ts';

/** A run when it has come to rest. */
export interface PlayedRun {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly offered: readonly OfferedContent[];
  readonly happenings: Happenings;
  /** What the app itself says became of what was offered. */
  readonly rows: readonly AccountRow[];
}

/** Says what became of everything. @returns whether nothing is unaccounted for, and everything is as it was offered */
export async function giveAccount(
  { stage, plan, offered, happenings, rows }: PlayedRun,
  { clock, signal, say }: { clock: Clock; signal: AbortSignal; say: (line: string) => void },
): Promise<boolean> {
  const { receivers, api, clients } = stage;
  const parked = await patiently(clock, signal, () => api.parked(signal));
  const outcomes = await patiently(clock, signal, () => readOutcomes(clients, offered));
  const scopes = plan.faults.flatMap((fault) =>
    fault.kind === 'switch' && fault.name === 'repeated-records' ? [fault.scope] : [],
  );
  const taken = receivers.map((receiver) => ({ destination: receiver.name, taken: receiver.taken }));
  const verdict = judge(offered, outcomes, taken, (content) => scopes.some((scope) => isAbout(scope, content)));
  const faults = [...verdict.faults, ...receivers.flatMap(({ wrong }) => wrong)];
  const causes = countCauses(
    verdict.twice.map(({ arrivals }) => arrivals),
    happenings,
  );
  const lines = [
    ...printAccount(rows, 'contents'),
    ...describeParked(parked),
    ...describeVerdict({ ...verdict, faults }, outcomes, causes),
  ];
  for (const line of lines) say(line);
  return faults.length === 0 && isSettled(rows);
}

/** Whether a switch of that scope may be about a feed. */
const isAbout = ({ tenantId, contentType }: Scope, feed: OfferedContent): boolean =>
  (tenantId ?? feed.tenantId) === feed.tenantId && (contentType ?? feed.contentType) === feed.contentType;
