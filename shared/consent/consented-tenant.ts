import { sha256 } from '../hash.ts';
import type { Relay } from '../relay.ts';
import type { Tenant } from '../state/tenants.ts';
import { isBound } from './bind-tenant.ts';
import { type BrowserSecret, browserSecretSeconds, isSecretOf } from './browser-secret.ts';
import { accepted } from './outcome.ts';

/** The tenant that this browser has just given and proven consent for, for the closing page; it may be refreshed. */
export async function consentedTenant(
  { consents, tenants, clock }: Relay,
  browser: BrowserSecret | undefined,
): Promise<Tenant | undefined> {
  if (browser === undefined) return undefined;
  const state = (await consents.state(sha256(browser.state), clock.now()))?.value;
  if (state?.usedAt === undefined || state.purpose !== 'proof' || state.result !== accepted) return undefined;
  if (!isSecretOf(browser.secret, state.browserHash)) return undefined;
  if (clock.now() > state.usedAt + browserSecretSeconds * 1000) return undefined;
  const tenant = (await tenants.get(state.tenantId))?.value;
  // Not before the consent is written, and not the same tenant added again under another customer name.
  return tenant !== undefined && tenant.state !== 'leaving' && isBound(tenant, state) ? tenant : undefined;
}
