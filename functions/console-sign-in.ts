import { app } from '@azure/functions';

import { checkBrowser } from '../shared/console/check-browser.ts';
import { readForm } from '../shared/console/form.ts';
import { signInPage } from '../shared/console/pages/sign-in-page.ts';
import { returnPath } from '../shared/console/return-path.ts';
import { startConsoleSignIn } from '../shared/console/start-sign-in.ts';
import { pageHandler } from '../shared/http/page-handler.ts';

/** `GET /console/sign-in`: the door of the console. `POST`: its button, on to Microsoft. */
export const consoleSignIn = pageHandler(async (relay, request) => {
  checkBrowser(relay.settings, request);
  if (request.method === 'GET') return signInPage(relay.settings, returnPath(request.query.get('return')));
  return startConsoleSignIn(relay, request, returnPath((await readForm(request)).get('return')));
});

app.http('console-sign-in', {
  route: 'console/sign-in',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: consoleSignIn,
});
