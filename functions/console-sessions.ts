import { app } from '@azure/functions';

import { consoleHandler } from '../shared/console/console-handler.ts';
import { readForm } from '../shared/console/form.ts';
import { afterForm } from '../shared/console/notice.ts';
import { sessionsPage } from '../shared/console/pages/sessions-page.ts';
import { ApiError } from '../shared/http/api-error.ts';

/** `GET /console/sessions`: who is signed in. `POST`: ends one session. */
export const consoleSessions = consoleHandler(async ({ sessions, clock, log }, request, session) => {
  const all = (await sessions.all()).filter(({ expires }) => expires > clock.now());
  if (request.method === 'GET') {
    return sessionsPage(
      session,
      all.toSorted((a, b) => b.signedInAt - a.signedInAt),
    );
  }
  const wanted = (await readForm(request)).get('session');
  const found = all.find(({ hash }) => hash === wanted);
  if (found === undefined) throw new ApiError(404, 'no_session', 'This session has ended already: nothing to do.');
  await sessions.remove(found.hash);
  log.info('console-session-ended', { objectId: found.objectId, by: session.objectId });
  return afterForm('/console/sessions', `The session of ${found.name} is ended.`);
});

app.http('console-sessions', {
  route: 'console/sessions',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: consoleSessions,
});
