import type { HttpHandler, HttpRequest } from '@azure/functions';

import { TenantResolutionError } from '../entra/tenant-resolution-error.ts';
import { type Relay, relayOfProcess } from '../relay.ts';
import { SettingsError } from '../settings.ts';
import { RowConflict, StorageError } from '../state/table.ts';
import { TenantExistsError } from '../tenants/add-tenant.ts';
import { ApiError, errorAnswer } from './api-error.ts';
import { checkCaller } from './check-caller.ts';
import { functionLog } from './function-log.ts';

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

function knownError(error: unknown): { status: number; code: string; message: string } | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof SettingsError) return { status: 503, code: 'settings_invalid', message: error.message };
  if (error instanceof TenantExistsError) return { status: 409, code: 'tenant_exists', message: error.message };
  if (error instanceof TenantResolutionError) {
    return error.kind === 'unreachable'
      ? { status: 502, code: 'microsoft_unreachable', message: error.message }
      : { status: 400, code: resolutionCodes[error.kind], message: error.message };
  }
  if (error instanceof RowConflict) {
    return { status: 409, code: 'changed_meanwhile', message: 'Somebody changed this at the same moment: try again.' };
  }
  if (error instanceof StorageError)
    return { status: 503, code: 'storage_unavailable', message: 'Storage does not answer at the moment: try again.' };
  return undefined;
}

const resolutionCodes = {
  invalid: 'invalid_tenant',
  'unknown-tenant': 'unknown_tenant',
  'wrong-cloud': 'wrong_cloud',
  consumer: 'consumer_tenant',
} as const;
