/**
 * What a failed token request means:
 * - `unreachable`: no usable answer, or a passing fault at Microsoft (temporarily_unavailable, 5xx, 429)
 * - `credential-refused`: our own credential is wrong, expired or misconfigured; concerns every tenant at once
 * - `consent-missing`: no service principal in the tenant (AADSTS7000229, 700016): never consented, or withdrawn
 * - `app-disabled`: the customer disabled the enterprise application (7000112)
 * - `tenant-gone`: deleted, blocked or in another cloud (90002, 5000224, 90038)
 * - `service-missing`: the tenant has no Office 365 Management APIs (500011, 500014, 650052)
 * - `roles-missing`: a token without any of the roles that we need; never kept
 * - `token-mismatch`: `tid` or `appid` of the token is not what was asked for; never used
 * - `rejected`: anything else
 */
export type EntraErrorKind =
  | 'unreachable'
  | 'credential-refused'
  | 'consent-missing'
  | 'app-disabled'
  | 'tenant-gone'
  | 'service-missing'
  | 'roles-missing'
  | 'token-mismatch'
  | 'rejected';

/** A token that could not be had. Its message is a sentence without secrets; `code` is e.g. `AADSTS7000229`. */
export class EntraError extends Error {
  override readonly name = 'EntraError';
  readonly kind: EntraErrorKind;
  readonly code: string | undefined;
  /** Of `roles-missing`: the roles that the token has all the same. */
  readonly roles: readonly string[] | undefined;

  constructor(
    message: string,
    details: { kind: EntraErrorKind; code?: string | undefined; roles?: readonly string[]; cause?: unknown },
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.kind = details.kind;
    this.code = details.code;
    this.roles = details.roles;
  }
}
