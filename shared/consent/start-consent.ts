import { sha256 } from '../hash.ts';
import type { Relay } from '../relay.ts';
import type { BrowserSecret } from './browser-secret.ts';
import { invitedTenant } from './invited-tenant.ts';

/** Microsoft's page is left open for this long at most. */
const stateMs = 15 * 60_000;

/**
 * The administrator pressed the button: makes a fresh state, bound to this browser, and the address of Microsoft's
 * consent page.
 * @throws ConsentRefusal, StorageError
 */
export async function startConsent(
  relay: Relay,
  invite: string | undefined,
): Promise<{ location: string; browser: BrowserSecret }> {
  const { random, clock, consents, settings } = relay;
  const { tenant, invitationHash } = await invitedTenant(relay, invite);
  const browser = { state: random.token(32), secret: random.token(32) };
  await consents.addState({
    hash: sha256(browser.state),
    tenantId: tenant.tenantId,
    purpose: 'consent',
    browserHash: sha256(browser.secret),
    invitationHash,
    expires: clock.now() + stateMs,
    usedAt: undefined,
    result: undefined,
  });
  const cloud = settings.clouds[tenant.cloud];
  if (cloud === undefined)
    throw new Error(`Tenant ${tenant.tenantId} is in a cloud that this deployment does not have.`);
  const location = new URL(`${cloud.loginUrl}/${tenant.tenantId}/v2.0/adminconsent`);
  location.search = new URLSearchParams({
    client_id: settings.entra.clientId,
    // Application permissions can only be consented to as a whole.
    scope: `${cloud.managementResource}/.default`,
    redirect_uri: `${settings.publicUrl}/consent/callback`,
    state: browser.state,
  }).toString();
  return { location: location.href, browser };
}
