import { app } from '@azure/functions';

import { readBrowserSecret } from '../shared/consent/browser-secret.ts';
import { finishConsent } from '../shared/consent/finish-consent.ts';
import { pageHandler } from '../shared/http/page-handler.ts';

/** `GET /consent/callback`: Microsoft's redirect. Every part of it is checked before anything changes. */
export const consentCallback = pageHandler(async (relay, request) => {
  const { publicUrl } = relay.settings;
  const parameter = (name: string): string | undefined => request.query.get(name) ?? undefined;
  await finishConsent(
    relay,
    {
      state: parameter('state'),
      tenant: parameter('tenant'),
      adminConsent: parameter('admin_consent'),
      error: parameter('error'),
      errorDescription: parameter('error_description'),
    },
    readBrowserSecret(request.headers.get('cookie')),
  );
  return {
    status: 303,
    headers: { location: `${publicUrl}/consent/done`, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  };
});

app.http('consent-callback', {
  route: 'consent/callback',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: consentCallback,
});
