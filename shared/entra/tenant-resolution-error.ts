/**
 * Why a tenant could not be made out:
 * - `invalid`: neither a GUID nor a domain name; nothing was asked
 * - `unknown-tenant`: Microsoft knows no such tenant in this cloud
 * - `wrong-cloud`: it lives in a cloud that this deployment does not serve
 * - `consumer`: personal accounts, which have no audit log
 * - `unreachable`: no usable answer; try again later
 */
export type TenantResolutionErrorKind = 'invalid' | 'unknown-tenant' | 'wrong-cloud' | 'consumer' | 'unreachable';

/** A tenant that could not be made out. Its message is a sentence that names what was asked for. */
export class TenantResolutionError extends Error {
  override readonly name = 'TenantResolutionError';
  readonly kind: TenantResolutionErrorKind;

  constructor(message: string, details: { kind: TenantResolutionErrorKind; cause?: unknown }) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.kind = details.kind;
  }
}
