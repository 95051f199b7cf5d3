import { aadstsKind } from './aadsts-kind.ts';
import { describeFault, type FaultDescription } from './describe-fault.ts';
import { EntraError, type EntraErrorKind } from './entra-error.ts';

const sentenceEnd: Record<EntraErrorKind, string> = {
  unreachable: 'could not be had from Microsoft Entra ID; it can be asked for again later',
  'credential-refused':
    "was refused because of our own credential; check the app registration's credential and ENTRA_*",
  'consent-missing': "was refused because our app is not in the tenant; the tenant's administrator has to consent",
  'app-disabled': "was refused because our app is disabled there; the tenant's administrator has to enable it",
  'tenant-gone': 'was refused because the tenant is deleted, blocked or in another cloud; check its address',
  'service-missing':
    'was refused because the tenant has no Office 365 Management APIs; its administrator has to enable the service',
  'roles-missing': "carries none of the roles that we need; the tenant's administrator has to consent again",
  'token-mismatch': 'is not for the tenant and the app that it was asked for; it is not used',
  rejected: 'was refused by Microsoft Entra ID; look up the code',
};

/** @param kind what the sentence is to say of the tenant's token, e.g. `roles-missing` */
export const tokenSentence = (tenantId: string, kind: EntraErrorKind): string =>
  `The token for tenant ${tenantId} ${sentenceEnd[kind]}`;

/**
 * A failed token request as our own error. Neither Microsoft's text nor the library's error goes along: they may quote
 * the request.
 */
export function entraErrorOf(fault: unknown, tenantId: string): EntraError {
  for (let at = fault, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth += 1) {
    if (at instanceof EntraError) return at;
  }
  const description = describeFault(fault);
  const kind = kindOf(description);
  const code = description.code === undefined ? undefined : `AADSTS${description.code}`;
  const why = code ?? description.error?.slice(0, 60) ?? (fault instanceof Error ? fault.name : 'unknown fault');
  return new EntraError(`${tokenSentence(tenantId, kind)} (${why}).`, { kind, code });
}

/** The code first: Microsoft uses `invalid_client` for our credential and for a tenant without our app alike. */
function kindOf({ code, error, status }: FaultDescription): EntraErrorKind {
  const known = code === undefined ? undefined : aadstsKind(code);
  if (known !== undefined) return known;
  if (status !== undefined && (status >= 500 || status === 429 || status === 408)) return 'unreachable';
  switch (error) {
    case 'temporarily_unavailable':
    case 'network_error':
    case 'endpoints_resolution_error':
    case 'server_error':
    case 'request_timeout':
      return 'unreachable';
    case 'invalid_client':
      return code === undefined ? 'credential-refused' : 'rejected';
    default:
      return 'rejected';
  }
}
