import type { TenantState } from '../state/tenants.ts';

const steps: Record<TenantState, string> = {
  invited: 'Send the invitation link to an administrator of the customer.',
  waiting: 'Nothing to do: Microsoft is applying the consent, which takes some minutes.',
  active: 'Nothing to do: audit records are being forwarded.',
  'audit-off':
    'Ask the customer to switch on audit logging: Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true in Exchange Online PowerShell. It takes effect within about an hour.',
  'permission-missing': 'Send the customer a new invitation: a permission is missing and has to be consented to again.',
  'consent-withdrawn': 'Consent was withdrawn: send a new invitation if that was not intended.',
  'app-disabled': 'Ask the customer to enable the enterprise application for sign-in again.',
  gone: 'The tenant cannot be found at Microsoft any more: off-board it if the customer has left.',
  paused: 'Resume it when records should flow again.',
  leaving: 'Nothing to do: the tenant is being off-boarded.',
};

/**
 * What someone should do next about a tenant, in one sentence.
 * @param parked contents of it that are parked
 */
export const nextStep = (state: TenantState, parked = 0): string =>
  state === 'active' && parked > 0
    ? `Look at what is parked (${parked}): GET /api/parked says why, POST /api/parked/replay tries again.`
    : steps[state];
