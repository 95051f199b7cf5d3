import { app } from '@azure/functions';

import { bindTenant } from '../shared/consent/bind-tenant.ts';
import { browserCookie } from '../shared/consent/browser-secret.ts';
import { finishSignIn } from '../shared/consent/finish-sign-in.ts';
import { readMicrosoftAnswer } from '../shared/consent/microsoft-answer.ts';
import { finishConsoleSignIn } from '../shared/console/finish-sign-in.ts';
import { pageHandler } from '../shared/http/page-handler.ts';
import { seeOther } from '../shared/http/see-other.ts';

/** `GET /signin/callback`: somebody signed in, to prove a consent or to use the console; never both. */
export const signinCallback = pageHandler(async (relay, request) => {
  const { publicUrl } = relay.settings;
  const finished = await finishSignIn(relay, readMicrosoftAnswer(request), request.headers.get('cookie'));
  const { purpose, browser } = finished.walk;
  if (finished.again) return seeOther(finished.again.location, browserCookie(purpose, finished.again.browser));
  const { state, person } = finished;
  if (purpose === 'console') {
    return person ? finishConsoleSignIn(relay, state, person) : seeOther(`${publicUrl}/console`);
  }
  await bindTenant(relay, state);
  return seeOther(`${publicUrl}/consent/done`, browserCookie('done', browser));
});

app.http('signin-callback', {
  route: 'signin/callback',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: signinCallback,
});
