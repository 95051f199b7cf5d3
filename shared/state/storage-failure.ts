import { StorageError } from './table.ts';

interface AzureError {
  readonly statusCode?: unknown;
  readonly code?: unknown;
  readonly name?: unknown;
  readonly details?: { readonly errorCode?: unknown; readonly odataError?: { readonly code?: unknown } };
}

/** What an error of an Azure storage SDK says: HTTP status and the service's own code, e.g. `TableNotFound`. */
export function readStorageFailure(error: unknown): { status: number | undefined; code: string | undefined } {
  if (typeof error !== 'object' || error === null) return { status: undefined, code: undefined };
  const { statusCode, code, name, details } = error as AzureError;
  // Tables name it in the body and a header, transactions and the other services in `code`; without an answer there is
  // Node's code (ECONNREFUSED) or the name of the error (AbortError).
  const found = [details?.odataError?.code, details?.errorCode, code, name].find((text) => typeof text === 'string');
  return { status: typeof statusCode === 'number' ? statusCode : undefined, code: found };
}

/**
 * The StorageError for an error of an SDK. The SDK's own error holds the request with its signature or token, hence the
 * cause has only status and code.
 * @param subject what failed, as the start of a sentence: `The table tenants`
 */
export function storageErrorOf(error: unknown, subject: string): StorageError {
  if (error instanceof StorageError) return error;
  const { status, code } = readStorageFailure(error);
  const cause = new Error([code ?? 'unknown error', status && `HTTP ${status}`].filter(Boolean).join(', '));
  if (status === 403 || status === 401) {
    return new StorageError(`${subject} refused our credential; check RelayStorage and its role assignments.`, {
      cause,
    });
  }
  if (code === 'TableBeingDeleted' || code === 'QueueBeingDeleted') {
    return new StorageError(`${subject} is still being deleted; try again in a minute.`, { cause });
  }
  if (code === 'AbortError' || code === 'TimeoutError' || code === 'ABORT_ERR') {
    return new StorageError(`${subject} did not answer in time; try again.`, { cause });
  }
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429
    ? new StorageError(`${subject} refused a request with ${code ?? status}; this needs a look at the code.`, { cause })
    : new StorageError(`${subject} cannot be reached or is failing; try again.`, { cause });
}
