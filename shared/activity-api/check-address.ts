import type { Cloud, TenantAddress } from '../entra/clouds.ts';
import { ActivityApiError } from './activity-api-error.ts';

/** The addresses that an answer can give us: of a content, and of the next page of a listing. */
export type AddressUse = 'content' | 'next page';

/** The documentation's own example of a next page has `v1` where everything else has `v1.0`. */
const versions: Record<AddressUse, readonly string[]> = { content: ['v1.0'], 'next page': ['v1.0', 'v1'] };

const shape = /^(https?):\/\/([^/?#]+)(\/[^?#]*)(\?[^#]*)?$/i;
/** Dots, slashes, backslashes, control characters and percent signs, encoded: what one server decodes another may not. */
const encodedTrick = /%(?:2e|2f|5c|25|[01][0-9a-f]|7f)/i;

/**
 * Checks an address that came from outside, before a token is attached to it: scheme, host and port must be those of
 * the tenant's cloud, and the path must lie in this tenant's feed.
 *
 * @throws ActivityApiError `address-refused`; its message names the host, never the path or query
 */
export function checkAddress(address: string, use: AddressUse, tenant: TenantAddress, cloud: Cloud): void {
  const why = whyRefused(address, use, tenant.tenantId, cloud);
  if (why === undefined) return;
  throw new ActivityApiError(
    `The ${use} address for tenant ${tenant.tenantId} was refused because ${why}; no token was sent to it.`,
    { kind: 'address-refused' },
  );
}

function whyRefused(address: string, use: AddressUse, tenantId: string, cloud: Cloud): string | undefined {
  const [, , authority, path] = shape.exec(address) ?? [];
  if (authority === undefined || path === undefined || !isPlain(address) || !URL.canParse(address)) {
    return 'it is not a plain http(s) address with a path';
  }
  const url = new URL(address);
  const expected = new URL(cloud.managementUrl);
  if (authority.includes('@')) return `it carries user information for host ${quote(url.host)}`;
  if (url.protocol !== expected.protocol || url.host !== expected.host) {
    return `it leads to ${quote(`${url.protocol}//${url.host}`)} instead of ${quote(expected.origin)}`;
  }
  // The URL parser resolves dot segments and encodes odd characters: the path must be one that it leaves as it is.
  if (url.pathname !== path || encodedTrick.test(path) || path.includes('//')) {
    return `its path at ${quote(url.host)} is written in a roundabout way`;
  }
  const [api, version, pathTenant, activity, feed, rest] = path.slice(1).toLowerCase().split('/');
  if (pathTenant !== tenantId.toLowerCase()) return `its path at ${quote(url.host)} does not name this tenant`;
  if (api !== 'api' || !versions[use].includes(version ?? '') || activity !== 'activity' || feed !== 'feed' || !rest) {
    return `its path at ${quote(url.host)} is not one of the activity feed`;
  }
  return undefined;
}

/** Printable ASCII without spaces and backslashes, which URL parsers drop or turn into slashes. */
const isPlain = (address: string): boolean => /^[!-[\]-~]+$/.test(address);

const quote = (host: string): string => `"${host.slice(0, 100)}"`;
