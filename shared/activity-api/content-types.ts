/** The five content types of the Office 365 Management Activity API, spelt as the API spells them. */
export const contentTypes = [
  'Audit.AzureActiveDirectory',
  'Audit.Exchange',
  'Audit.SharePoint',
  'Audit.General',
  'DLP.All',
] as const;

export type ContentType = (typeof contentTypes)[number];

/** The application roles that a customer consents to. Content types need the first two; the third reads no records. */
export const applicationRoles = ['ActivityFeed.Read', 'ActivityFeed.ReadDlp', 'ServiceHealth.Read'] as const;

/** The application role that a token needs for a content type. `ActivityFeed.Read` does not include DLP. */
export const roleFor = (contentType: ContentType): 'ActivityFeed.Read' | 'ActivityFeed.ReadDlp' =>
  contentType === 'DLP.All' ? 'ActivityFeed.ReadDlp' : 'ActivityFeed.Read';
