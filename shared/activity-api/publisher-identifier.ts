/**
 * Adds `PublisherIdentifier` to an address that lacks it, touching nothing else of it (a content's path holds `$`, which
 * must stay as it is). Without the parameter a request counts against the quota that all such callers of the world share.
 *
 * @param publisherId the tenant GUID of whoever runs this app
 */
export function withPublisherIdentifier(address: string, publisherId: string): string {
  if (/[?&]publisheridentifier=/i.test(address)) return address;
  const joint = !address.includes('?') ? '?' : /[?&]$/.test(address) ? '' : '&';
  return `${address}${joint}PublisherIdentifier=${encodeURIComponent(publisherId)}`;
}
