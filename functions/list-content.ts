import { app, type TimerHandler } from '@azure/functions';

import { functionLog } from '../shared/http/function-log.ts';
import { listCycle } from '../shared/pipeline/list-cycle.ts';
import { relayOfProcess } from '../shared/relay.ts';

/** The timer: lists what became available for every tenant and closes what is done. */
export const listContent: TimerHandler = async (_timer, context) => {
  await listCycle(relayOfProcess(functionLog(context)));
};

app.timer('list-content', {
  schedule: process.env['LIST_SCHEDULE'] ?? '0 */2 * * * *',
  handler: listContent,
});
