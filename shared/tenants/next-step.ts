import type { TenantState } from '../state/tenants.ts';
import type { FeedDescription } from './describe-tenant.ts';
import { noticeableMs } from './lag-reason.ts';

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

/** Where a feed stands, as far as the next step asks. */
export interface FeedStanding extends Pick<FeedDescription, 'contentType' | 'state' | 'lagSeconds'> {
  readonly contents?: { readonly parked: number };
}

const refusedStates: readonly FeedStanding['state'][] = ['disabled', 'permission-missing'];

/** What someone should do next about a tenant with these feeds, in one sentence. */
export function nextStep(state: TenantState, feeds: readonly FeedStanding[] = []): string {
  if (state !== 'active') return steps[state];
  const refused = feeds.find((feed) => refusedStates.includes(feed.state));
  if (refused) return `Look at ${refused.contentType}, which is ${refused.state}: its lagReason says what to do.`;
  const late = feeds.find((feed) => feed.state === 'active' && (feed.lagSeconds ?? 0) > noticeableMs / 1000);
  if (late)
    return `Look at why ${late.contentType} is behind: its lagReason says so, and GET /api/health what is down.`;
  const parked = feeds.reduce((sum, { contents }) => sum + (contents?.parked ?? 0), 0);
  if (parked === 0) return steps.active;
  return `Look at what is parked (${parked}): GET /api/parked says why, POST /api/parked/replay tries again.`;
}
