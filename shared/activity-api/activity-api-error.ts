/**
 * What a failed call means for whoever made it:
 * - `unreachable`: no usable answer (connect, reset, time-out, TLS); try again later
 * - `throttled`: AF429, code "429" or HTTP 429; obey `retryAfterMs` or back off
 * - `server-failed`: AF5xxxx, 408, 5xx; try again later
 * - `unauthorized`: 401 twice with a fresh token
 * - `permission-missing`: AF10001, the token lacks the role for this content type
 * - `audit-off`: "Tenant ... does not exist": the unified audit log is switched off
 * - `no-subscription`: AF20022; `subscription-disabled`: AF20023
 * - `window-refused`: AF20030, AF20055
 * - `page-token-refused`: AF20031; list the hour again from its first page
 * - `content-expired`: AF20051; `content-unknown`: AF20050; this content is lost, no other
 * - `address-refused`: we refused an address (scheme, host, port, tenant) before a token was attached
 * - `rejected`: any other 4xx, or an answer of the wrong shape; not to be repeated in a loop
 */
export type ActivityApiErrorKind =
  | 'unreachable'
  | 'throttled'
  | 'server-failed'
  | 'unauthorized'
  | 'permission-missing'
  | 'audit-off'
  | 'no-subscription'
  | 'subscription-disabled'
  | 'window-refused'
  | 'page-token-refused'
  | 'content-expired'
  | 'content-unknown'
  | 'address-refused'
  | 'rejected';

export interface ActivityApiErrorDetails {
  readonly kind: ActivityApiErrorKind;
  /** HTTP status, if there was an answer. */
  readonly status?: number | undefined;
  /** The API's own code, e.g. `AF20051`, shortened to 100 characters. */
  readonly code?: string | undefined;
  /** How long the API asked us to wait, milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Of `unreachable`: nothing came for as long as we wait, rather than a connection that broke or was refused. */
  readonly timedOut?: boolean;
  readonly cause?: unknown;
}

/** A failed call of the Activity API. Its message is a sentence without tokens, secrets or record bodies. */
export class ActivityApiError extends Error {
  override readonly name = 'ActivityApiError';
  readonly kind: ActivityApiErrorKind;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly timedOut: boolean;

  constructor(message: string, details: ActivityApiErrorDetails) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.kind = details.kind;
    this.status = details.status;
    this.code = details.code;
    this.retryAfterMs = details.retryAfterMs;
    this.timedOut = details.timedOut ?? false;
  }
}
