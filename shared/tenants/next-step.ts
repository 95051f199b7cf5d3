import { roleFor } from '../activity-api/content-types.ts';
import type { Tenant, TenantState } from '../state/tenants.ts';
import type { FeedDescription } from './describe-tenant.ts';
import { noticeableMs } from './lag-reason.ts';

const steps: Record<Exclude<TenantState, 'permission-missing'>, string> = {
  invited: 'Send the invitation link to an administrator of the customer.',
  waiting: 'Nothing to do: Microsoft is applying the consent, which takes some minutes.',
  active: 'Nothing to do: audit records are being forwarded.',
  'audit-off':
    'Ask the customer to switch on audit logging: in the Purview portal, under Audit, "Start recording user and admin activity", or Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true in Exchange Online PowerShell. It takes effect within about an hour, and is noticed.',
  'consent-withdrawn':
    'Consent was withdrawn: send a new invitation if that was not intended. When consent is given again, records flow again.',
  'app-disabled':
    'Ask the customer to enable the enterprise application again: in the Entra admin center, in its properties, "Enabled for users to sign-in". It is noticed.',
  gone: 'Microsoft does not know the tenant any more, or it has no audit service: off-board it if the customer has left.',
  paused: 'Resume it when records should flow again.',
  leaving: 'Nothing to do: the tenant is being off-boarded.',
};

/** Where a feed stands, as far as the next step asks. */
export interface FeedStanding extends Pick<FeedDescription, 'contentType' | 'state' | 'lagSeconds'> {
  readonly contents?: { readonly parked: number };
}

/**
 * What someone should do next about a tenant with these feeds. It is shown by `/api` and the console alike.
 * @param now milliseconds since the epoch, as of the feeds' lag
 */
export function nextStep(
  {
    state,
    contentTypes,
    missingRoles = [],
    consentedAt = 0,
    invitationExpires = Infinity,
  }: Pick<Tenant, 'state' | 'contentTypes' | 'missingRoles' | 'invitationExpires'> &
    Partial<Pick<Tenant, 'consentedAt'>>,
  feeds: readonly FeedStanding[],
  now: number,
): string {
  if (state === 'permission-missing') {
    const wanted = new Set<string>(contentTypes.map(roleFor));
    return missing(missingRoles.filter((role) => wanted.has(role)));
  }
  if (state === 'invited' && invitationExpires <= now) {
    return 'The invitation link has expired: make a new one, and send it to an administrator of the customer.';
  }
  if (state !== 'active') return steps[state];
  const forbidden = feeds.filter((feed) => feed.state === 'permission-missing').map(({ contentType }) => contentType);
  if (forbidden.length > 0) {
    return `${missing([...new Set(forbidden.map(roleFor))])} Or switch off ${forbidden.join(', ')}.`;
  }
  const disabled = feeds.find((feed) => feed.state === 'disabled');
  if (disabled) return `Look at why ${disabled.contentType} is disabled at Microsoft: its lag comes with the reason.`;
  // What lies before the consent is being caught up: nobody is late with that as long as the consent is young.
  const isOfAge = now - consentedAt > noticeableMs;
  const isLate = (feed: FeedStanding): boolean => isOfAge && (feed.lagSeconds ?? 0) > noticeableMs / 1000;
  const late = feeds.find((feed) => feed.state === 'active' && isLate(feed));
  if (late) return `Look at why ${late.contentType} is behind: its lag comes with the reason.`;
  const parked = feeds.reduce((sum, { contents }) => sum + (contents?.parked ?? 0), 0);
  if (parked > 0) return `Look at what is parked (${parked}): each comes with its reason, and can be replayed.`;
  const starting = feeds.filter((feed) => feed.state === 'starting').map(({ contentType }) => contentType);
  if (starting.length === 0) return steps.active;
  return `Nothing to do: ${starting.join(', ')} will be forwarded as soon as Microsoft has started the subscription.`;
}

const missing = (roles: readonly string[]): string => {
  const named = roles.length === 0 ? 'A permission' : roles.join(' and ');
  return `${named} ${roles.length > 1 ? 'are' : 'is'} missing: send the customer a new invitation, to consent again.`;
};

/** Whether a next step asks nothing of anybody. */
export const asksNothing = (step: string): boolean => step.startsWith('Nothing to do');
