import type { Relay } from '../relay.ts';
import type { BrowserSecret } from './browser-secret.ts';
import { createState } from './create-state.ts';
import { invitedTenant, type InvitedBy } from './invited-tenant.ts';

/**
 * The administrator pressed the button: makes a fresh state, bound to this browser, and the address of Microsoft's
 * consent page.
 * @throws ConsentRefusal, StorageError
 */
export async function startConsent(relay: Relay, by: InvitedBy): Promise<{ location: string; browser: BrowserSecret }> {
  const { settings } = relay;
  const { tenant, invitationHash } = await invitedTenant(relay, by);
  const { tenantId } = tenant;
  const cloud = settings.clouds[tenant.cloud];
  if (cloud === undefined) throw new Error(`Tenant ${tenantId} is in a cloud that this deployment does not have.`);
  const browser = await createState(relay, { purpose: 'consent', tenantId, invitationHash }, by.browser);
  const location = new URL(`${cloud.loginUrl}/${tenantId}/v2.0/adminconsent`);
  location.search = new URLSearchParams({
    client_id: settings.entra.clientId,
    // Application permissions can only be consented to as a whole.
    scope: `${cloud.managementResource}/.default`,
    redirect_uri: `${settings.publicUrl}/consent/callback`,
    state: browser.state,
  }).toString();
  return { location: location.href, browser };
}
