import type { TenantAddress } from '../entra/clouds.ts';
import type { Relay } from '../relay.ts';
import { type BrowserSecret, nonceOf, verifierOf } from './browser-secret.ts';
import { createState, type Errand } from './create-state.ts';

/**
 * Makes a fresh state and the address of Microsoft's sign-in page for it.
 * @param before the browser's earlier secret, if it has one
 * @throws StorageError, SignInError
 */
export async function sendToSignIn(
  relay: Relay,
  { tenant, ...errand }: Omit<Errand, 'tenantId'> & { readonly tenant: TenantAddress },
  before?: BrowserSecret,
): Promise<{ location: string; browser: BrowserSecret }> {
  const browser = await createState(relay, { ...errand, tenantId: tenant.tenantId }, before);
  const proof = { nonce: nonceOf(browser), verifier: verifierOf(browser) };
  const chooseAccount = errand.purpose === 'console';
  return { location: await relay.signIn.location({ tenant, state: browser.state, ...proof, chooseAccount }), browser };
}
