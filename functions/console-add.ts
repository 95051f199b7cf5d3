import { app } from '@azure/functions';

import { addFromForm } from '../shared/console/add-from-form.ts';
import { consoleHandler } from '../shared/console/console-handler.ts';
import { readForm } from '../shared/console/form.ts';
import { addPage } from '../shared/console/pages/add-page.ts';

/** `GET /console/add`: the form for a new customer. `POST`: adds it, and shows its invitation once. */
export const consoleAdd = consoleHandler(
  async (relay, request, session) =>
    request.method === 'GET' ? addPage(session) : addFromForm(relay, await readForm(request), session),
  { needs: 'Operator' },
);

app.http('console-add', {
  route: 'console/add',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: consoleAdd,
});
