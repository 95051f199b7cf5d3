import { app, type TimerHandler } from '@azure/functions';

import { functionLog } from '../shared/http/function-log.ts';
import { listCycle } from '../shared/pipeline/list-cycle.ts';
import { type Relay, relayOfProcess } from '../shared/relay.ts';
import { listSchedule } from '../shared/settings/list-schedule.ts';
import { StorageError } from '../shared/state/table.ts';
import { reportState } from '../shared/tenants/report-state.ts';
import { timerPeriod } from '../shared/timer-period.ts';

/** What has expired is looked at a while longer, by pages that are refreshed. */
const dayMs = 86_400_000;

/** The timer: lists what became available for every tenant, closes what is done and says how everything stands. */
export const listContent: TimerHandler = async (timer, context) => {
  const relay = relayOfProcess(functionLog(context));
  try {
    await listCycle(relay, timerPeriod(timer));
    await forgetExpired(relay);
  } finally {
    // An hour that cannot be closed must not look like a timer that does not run.
    await reportState(relay);
  }
};

/** What was not forgotten now is in the next cycle: no reason for a timer to fail that has done its work. */
async function forgetExpired({ consents, clock, log }: Relay): Promise<void> {
  try {
    await consents.forgetExpired(clock.now() - dayMs);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warn('expired-not-forgotten', { error: error.message });
  }
}

app.timer('list-content', {
  schedule: listSchedule(process.env),
  handler: listContent,
});
