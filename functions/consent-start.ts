import { app, type HttpRequest } from '@azure/functions';

import { browserCookie, readBrowserSecret } from '../shared/consent/browser-secret.ts';
import { invitedTenant } from '../shared/consent/invited-tenant.ts';
import { startConsent } from '../shared/consent/start-consent.ts';
import { ApiError } from '../shared/http/api-error.ts';
import { pageHandler } from '../shared/http/page-handler.ts';
import { readText } from '../shared/http/read-body.ts';
import { seeOther } from '../shared/http/see-other.ts';
import { consentStartPage } from '../shared/pages/consent-start-page.ts';
import type { Relay } from '../shared/relay.ts';

/** `GET /consent/start`: the page behind an invitation. `POST`: its button, on to Microsoft. */
export const consentStart = pageHandler((relay, request) =>
  request.method === 'POST' ? toMicrosoft(relay, request) : showPage(relay, request),
);

async function showPage(relay: Relay, request: HttpRequest) {
  const invite = request.query.get('invite') ?? undefined;
  return consentStartPage(relay.settings, await invitedTenant(relay, { invite, browser: browserOf(request) }), invite);
}

async function toMicrosoft(relay: Relay, request: HttpRequest) {
  const origin = request.headers.get('origin');
  if (origin !== null && origin !== relay.settings.publicUrl) {
    throw new ApiError(
      403,
      'foreign_origin',
      'This button was pressed on another site: open the link that you were sent.',
    );
  }
  const form = new URLSearchParams(await readText(request));
  const invite = form.get('invite') ?? undefined;
  const { location, browser } = await startConsent(relay, { invite, browser: browserOf(request) });
  return seeOther(location, browserCookie('consent', browser));
}

const browserOf = (request: HttpRequest) => readBrowserSecret('consent', request.headers.get('cookie'));

app.http('consent-start', {
  route: 'consent/start',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: consentStart,
});
