import { app, type Timer, type TimerHandler } from '@azure/functions';
import { z } from 'zod';

import { functionLog } from '../shared/http/function-log.ts';
import { listCycle } from '../shared/pipeline/list-cycle.ts';
import { type Relay, relayOfProcess } from '../shared/relay.ts';
import { listSchedule } from '../shared/settings/list-schedule.ts';
import { StorageError } from '../shared/state/table.ts';
import { reportState } from '../shared/tenants/report-state.ts';

/** What has expired is looked at a while longer, by pages that are refreshed. */
const dayMs = 86_400_000;

/** The timer: lists what became available for every tenant, closes what is done and says how everything stands. */
export const listContent: TimerHandler = async (timer, context) => {
  const relay = relayOfProcess(functionLog(context));
  try {
    await listCycle(relay, untilNext(timer, relay.clock.now()));
    await forgetExpired(relay);
  } finally {
    // An hour that cannot be closed must not look like a timer that does not run.
    await reportState(relay);
  }
};

/** Azure keeps no status of a schedule of less than a minute. */
const scheduled = z.object({ scheduleStatus: z.object({ next: z.iso.datetime({ offset: true }) }) });

/** How long it is until the timer's next run, milliseconds, if the platform says so. */
function untilNext(timer: Timer, now: number): number | undefined {
  const { data } = scheduled.safeParse(timer);
  const left = data === undefined ? 0 : Date.parse(data.scheduleStatus.next) - now;
  return left > 0 ? left : undefined;
}

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
