import { app, type HttpRequest } from '@azure/functions';

import { browserSecretSeconds, cookieName, printBrowserSecret } from '../shared/consent/browser-secret.ts';
import { invitedTenant } from '../shared/consent/invited-tenant.ts';
import { startConsent } from '../shared/consent/start-consent.ts';
import { ApiError } from '../shared/http/api-error.ts';
import { pageHandler } from '../shared/http/page-handler.ts';
import { readText } from '../shared/http/read-body.ts';
import { consentStartPage } from '../shared/pages/consent-start-page.ts';
import type { Relay } from '../shared/relay.ts';

/** `GET /consent/start`: the page behind an invitation. `POST`: its button, on to Microsoft. */
export const consentStart = pageHandler((relay, request) =>
  request.method === 'POST' ? toMicrosoft(relay, request) : showPage(relay, request),
);

async function showPage(relay: Relay, request: HttpRequest) {
  const invite = request.query.get('invite') ?? undefined;
  const { tenant } = await invitedTenant(relay, invite);
  return consentStartPage(relay.settings, tenant, invite ?? '');
}

async function toMicrosoft(relay: Relay, request: HttpRequest) {
  const { publicUrl } = relay.settings;
  const origin = request.headers.get('origin');
  if (origin !== null && origin !== publicUrl) {
    throw new ApiError(
      403,
      'foreign_origin',
      'This button was pressed on another site: open the link that you were sent.',
    );
  }
  const form = new URLSearchParams(await readText(request));
  const { location, browser } = await startConsent(relay, form.get('invite') ?? undefined);
  return {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    cookies: [
      {
        name: cookieName,
        value: printBrowserSecret(browser),
        httpOnly: true,
        secure: true,
        // Microsoft's redirect back is a top-level navigation from another site.
        sameSite: 'Lax' as const,
        path: '/',
        maxAge: browserSecretSeconds,
      },
    ],
  };
}

app.http('consent-start', {
  route: 'consent/start',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: consentStart,
});
