import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';

import { ConsentRefusal } from '../consent/consent-refusal.ts';
import { messagePage } from '../pages/message-page.ts';
import { refusalPage } from '../pages/refusal-page.ts';
import { type Relay, relayOfProcess } from '../relay.ts';
import { SettingsError } from '../settings.ts';
import { RowConflict, StorageError } from '../state/table.ts';
import { ApiError } from './api-error.ts';
import { functionLog } from './function-log.ts';

/** Wraps a page: gives it the relay, and turns whatever it throws into a page with one sentence. */
export const pageHandler =
  (handle: (relay: Relay, request: HttpRequest) => Promise<HttpResponseInit>): HttpHandler =>
  async (request, context) => {
    const log = functionLog(context);
    try {
      const relay = relayOfProcess(log);
      try {
        return await handle(relay, request);
      } catch (error) {
        if (error instanceof ConsentRefusal) return await refusalPage(relay.settings, error);
        throw error;
      }
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) log.warn('form-refused', { code: error.code });
      if (error instanceof ApiError) return messagePage(error.status, 'This did not work', error.message);
      log.error('page-failed', { error: error instanceof Error ? error.message : 'unknown' });
      // An administrator can do nothing about our settings, so they are not told which are wrong.
      const passes = [SettingsError, StorageError, RowConflict].some((kind) => error instanceof kind);
      const status = passes ? 503 : 500;
      return messagePage(status, 'Something failed on our side', 'Please try again in a few minutes.');
    }
  };
