import { TenantResolutionError } from '../entra/tenant-resolution-error.ts';
import { SettingsError } from '../settings.ts';
import { RowConflict, StorageError } from '../state/table.ts';
import { TenantExistsError } from '../tenants/add-tenant.ts';
import { TenantError } from '../tenants/tenant-error.ts';
import { ApiError } from './api-error.ts';

/** An error that a caller can understand: status, code and one sentence. */
export interface KnownError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What an error means to whoever called a function; `undefined` if it is nobody's business but ours. */
export function knownError(error: unknown): KnownError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof SettingsError) return { status: 503, code: 'settings_invalid', message: error.message };
  if (error instanceof TenantError) {
    return { status: error.code === 'tenant_not_found' ? 404 : 409, code: error.code, message: error.message };
  }
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
