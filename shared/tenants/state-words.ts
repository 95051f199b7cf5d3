import type { ContentType } from '../activity-api/content-types.ts';
import type { FeedState } from '../state/feeds.ts';
import type { TenantState } from '../state/tenants.ts';

/** Where a tenant stands, in a few words. What to do about it says `nextStep`. */
export const tenantWords: Record<TenantState, string> = {
  invited: 'invited, no consent yet',
  waiting: 'waiting for Microsoft',
  active: 'active',
  'audit-off': 'audit log is off',
  'permission-missing': 'permission missing',
  'consent-withdrawn': 'consent withdrawn',
  'app-disabled': 'app disabled by the customer',
  gone: 'gone from Microsoft',
  paused: 'paused',
  leaving: 'leaving',
};

/** Where a feed stands, in a few words. */
export const feedWords: Record<FeedState, string> = {
  starting: 'starting',
  active: 'flowing',
  'permission-missing': 'permission missing',
  disabled: 'disabled at Microsoft',
  stopped: 'stopped',
};

/** What the records of a content type tell. */
export const contentTypeWords: Record<ContentType, string> = {
  'Audit.AzureActiveDirectory': 'Sign-ins, and changes of users, groups and applications.',
  'Audit.Exchange': 'Mailboxes: access, rules, permissions and administration.',
  'Audit.SharePoint': 'Files in SharePoint and OneDrive: opened, changed, shared.',
  'Audit.General': 'All other services, such as Teams, Power Platform, Defender and Purview.',
  'DLP.All': 'What data loss prevention rules found. Its records can hold the sensitive text itself.',
};
