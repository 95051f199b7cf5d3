import { app } from '@azure/functions';

import { browserCookie } from '../shared/consent/browser-secret.ts';
import { finishConsent } from '../shared/consent/finish-consent.ts';
import { readMicrosoftAnswer } from '../shared/consent/microsoft-answer.ts';
import { pageHandler } from '../shared/http/page-handler.ts';
import { seeOther } from '../shared/http/see-other.ts';

/** `GET /consent/callback`: Microsoft's redirect. Every part of it is checked; then the person has to sign in. */
export const consentCallback = pageHandler(async (relay, request) => {
  const proof = await finishConsent(relay, readMicrosoftAnswer(request), request.headers.get('cookie'));
  return proof === undefined
    ? seeOther(`${relay.settings.publicUrl}/consent/done`)
    : seeOther(proof.location, browserCookie('proof', proof.browser));
});

app.http('consent-callback', {
  route: 'consent/callback',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: consentCallback,
});
