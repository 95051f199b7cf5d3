import type { ContentType } from './content-types.ts';

export interface Permission {
  readonly name: string;
  readonly resource: string;
  readonly kind: 'application' | 'delegated';
  readonly says: string;
}

const management = 'Office 365 Management APIs';

/** What the application asks of an administrator. The simulator has no registrations: every application asks for these four. */
export const permissions: readonly Permission[] = [
  {
    name: 'ActivityFeed.Read',
    resource: management,
    kind: 'application',
    says: 'Read activity data for your organization',
  },
  {
    name: 'ActivityFeed.ReadDlp',
    resource: management,
    kind: 'application',
    says: 'Read DLP policy events including detected sensitive data',
  },
  {
    name: 'ServiceHealth.Read',
    resource: management,
    kind: 'application',
    says: 'Read service health information for your organization',
  },
  { name: 'User.Read', resource: 'Microsoft Graph', kind: 'delegated', says: 'Sign in and read user profile' },
];

/** The roles that a token of a consented application carries. */
export const applicationRoles: readonly string[] = permissions
  .filter((permission) => permission.kind === 'application')
  .map((permission) => permission.name);

/** The role that a call for a content type needs; seen in practice: `ActivityFeed.Read` does not include DLP. */
export const roleFor = (contentType: ContentType): string =>
  contentType === 'DLP.All' ? 'ActivityFeed.ReadDlp' : 'ActivityFeed.Read';
