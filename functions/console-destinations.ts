import { app } from '@azure/functions';

import { consoleHandler } from '../shared/console/console-handler.ts';
import { viewDestinations } from '../shared/console/destinations-view.ts';
import { readForm } from '../shared/console/form.ts';
import { afterForm } from '../shared/console/notice.ts';
import { destinationsPage } from '../shared/console/pages/destinations-page.ts';
import { testDestination } from '../shared/delivery/test-destination.ts';

/** `GET /console/destinations`: where records go, and how that is. `POST`: sends a test record to one. */
export const consoleDestinations = consoleHandler(async (relay, request, session) => {
  if (request.method === 'GET') return destinationsPage(await viewDestinations(relay), session);
  const form = await readForm(request);
  const { status, message } = await testDestination(relay, form.get('destination') ?? undefined);
  return afterForm('/console/destinations', message, status === 'taken' ? 'good' : 'bad');
});

app.http('console-destinations', {
  route: 'console/destinations',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: consoleDestinations,
});
