import { app } from '@azure/functions';

import { consoleHandler } from '../shared/console/console-handler.ts';
import { readForm } from '../shared/console/form.ts';
import { afterForm } from '../shared/console/notice.ts';
import { pagesOf, parkedPage } from '../shared/console/pages/parked-page.ts';
import { parkedAction } from '../shared/console/parked-action.ts';
import { viewParked } from '../shared/console/parked-view.ts';
import { ApiError } from '../shared/http/api-error.ts';

/** `GET /console/parked`: what is parked of all customers. `POST`: replays a part of it. */
export const consoleParked = consoleHandler(async (relay, request, session) => {
  if (request.method === 'POST') {
    return afterForm('/console/parked', await parkedAction(relay, await readForm(request), session.name));
  }
  const text = request.query.get('page') ?? '1';
  const number = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 0;
  if (number === 0)
    throw new ApiError(400, 'invalid_page', '"page" is not the number of a page: begin with the first.');
  const view = await viewParked(relay);
  // What was replayed meanwhile may have taken the last page with it.
  return parkedPage(view, session, Math.min(number, pagesOf(view)));
});

app.http('console-parked', {
  route: 'console/parked',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: consoleParked,
});
