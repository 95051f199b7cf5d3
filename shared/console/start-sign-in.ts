import type { HttpRequest, HttpResponseInit } from '@azure/functions';

import { browserCookie, readBrowserSecret } from '../consent/browser-secret.ts';
import { sendToSignIn } from '../consent/send-to-sign-in.ts';
import { seeOther } from '../http/see-other.ts';
import type { Relay } from '../relay.ts';
import { endSession } from './console-session.ts';

/**
 * Somebody pressed the button: on to Microsoft, to sign in to our own directory. A session that this browser has ends here.
 * @param returnTo page of the console that is wanted after it @throws StorageError, SignInError
 */
export async function startConsoleSignIn(
  relay: Relay,
  request: HttpRequest,
  returnTo: string,
): Promise<HttpResponseInit> {
  const { entra, cloud } = relay.settings;
  const cookies = request.headers.get('cookie');
  await endSession(relay, cookies);
  const { location, browser } = await sendToSignIn(
    relay,
    { purpose: 'console', tenant: { tenantId: entra.tenantId, cloud }, invitationHash: '', returnTo },
    readBrowserSecret('console', cookies),
  );
  return seeOther(location, browserCookie('console', browser));
}
