import type { HttpHandler, HttpRequest } from '@azure/functions';

import { type Relay, relayOfProcess } from '../relay.ts';
import { errorAnswer } from './api-error.ts';
import { checkCaller } from './check-caller.ts';
import { functionLog } from './function-log.ts';
import { knownError } from './known-error.ts';

/** What a route answers with; 200 if it does not say. */
export interface ApiAnswer {
  readonly status?: number;
  readonly jsonBody: unknown;
}

/** Wraps a route of `/api`: gives it the relay, and turns whatever it throws into the error form with one sentence. */
export const apiHandler =
  (handle: (relay: Relay, request: HttpRequest) => Promise<ApiAnswer>): HttpHandler =>
  async (request, context) => {
    const log = functionLog(context);
    try {
      const relay = relayOfProcess(log);
      checkCaller(relay.settings, request);
      return { ...(await handle(relay, request)), headers: { 'cache-control': 'no-store' } };
    } catch (error) {
      const known = knownError(error);
      if (known) return errorAnswer(known.status, known.code, known.message);
      log.error('api-failed', { error: error instanceof Error ? error.message : 'unknown' });
      return errorAnswer(
        500,
        'internal_error',
        'Something failed on our side: try again, and read the log if it stays.',
      );
    }
  };
