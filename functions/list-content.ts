import { app, type TimerHandler } from '@azure/functions';

import { functionLog } from '../shared/http/function-log.ts';
import { listCycle } from '../shared/pipeline/list-cycle.ts';
import { relayOfProcess } from '../shared/relay.ts';
import { listSchedule } from '../shared/settings/list-schedule.ts';

/** The timer: lists what became available for every tenant and closes what is done. */
export const listContent: TimerHandler = async (_timer, context) => {
  await listCycle(relayOfProcess(functionLog(context)));
};

app.timer('list-content', {
  schedule: listSchedule(process.env),
  handler: listContent,
});
