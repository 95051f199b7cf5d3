import { app, type HttpHandler } from '@azure/functions';

import { functionLog } from '../shared/http/function-log.ts';
import { relayOfProcess } from '../shared/relay.ts';

/** `GET /health`, or `HEAD` as some load balancers ask: for anyone, without detail. */
export const health: HttpHandler = (_request, context) => {
  try {
    relayOfProcess(functionLog(context));
    return { jsonBody: { status: 'ok' } };
  } catch (error) {
    functionLog(context).error('settings-invalid', { error: error instanceof Error ? error.message : 'unknown' });
    return { status: 503, jsonBody: { status: 'unavailable' } };
  }
};

app.http('health', { route: 'health', methods: ['GET', 'HEAD'], authLevel: 'anonymous', handler: health });
