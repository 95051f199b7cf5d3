import { app } from '@azure/functions';

import { consoleHandler } from '../shared/console/console-handler.ts';
import { endSession, sessionCookie } from '../shared/console/console-session.ts';
import { hostCookie } from '../shared/http/cookies.ts';
import { seeOther } from '../shared/http/see-other.ts';

/** `POST /console/sign-out`: ends the session of this browser. */
export const consoleSignOut = consoleHandler(
  async (relay, request) => {
    await endSession(relay, request.headers.get('cookie'));
    return seeOther('/console/sign-in', hostCookie(sessionCookie, '', 0));
  },
  { needs: 'Reader' },
);

app.http('console-sign-out', {
  route: 'console/sign-out',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: consoleSignOut,
});
