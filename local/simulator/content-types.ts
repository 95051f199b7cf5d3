/** The five content types, spelt as the API spells them. */
export const contentTypes = [
  'Audit.AzureActiveDirectory',
  'Audit.Exchange',
  'Audit.SharePoint',
  'Audit.General',
  'DLP.All',
] as const;

export type ContentType = (typeof contentTypes)[number];

/** The content type that a caller means; the service accepts any letter case (seen: `dlp.all`, `audit.general`). */
export const findContentType = (text: string): ContentType | undefined =>
  contentTypes.find((contentType) => contentType.toLowerCase() === text.toLowerCase());
