import { sha256 } from '../hash.ts';
import type { Relay } from '../relay.ts';
import type { ConsentState } from '../state/consents.ts';
import { type BrowserSecret, createBrowserSecret } from './browser-secret.ts';

/** Microsoft's page is left open for this long at most. */
const stateMs = 15 * 60_000;

/** What somebody is sent to Microsoft for. */
export type Errand = Pick<ConsentState, 'purpose' | 'tenantId' | 'invitationHash' | 'returnTo'>;

/**
 * Makes a fresh state that is good once, for one purpose, and in one browser.
 * @param before the browser's earlier secret, if it has one
 * @throws StorageError
 */
export async function createState(
  { random, clock, consents }: Pick<Relay, 'random' | 'clock' | 'consents'>,
  { purpose, tenantId, invitationHash, returnTo }: Errand,
  before?: BrowserSecret,
): Promise<BrowserSecret> {
  const browser = createBrowserSecret(random, before);
  await consents.addState({
    purpose,
    tenantId,
    invitationHash,
    returnTo,
    hash: sha256(browser.state),
    browserHash: sha256(browser.secret),
    expires: clock.now() + stateMs,
    usedAt: undefined,
    result: undefined,
  });
  return browser;
}
