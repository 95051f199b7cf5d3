import { app } from '@azure/functions';

import { consoleHandler } from '../shared/console/console-handler.ts';
import { readForm } from '../shared/console/form.ts';
import { afterForm } from '../shared/console/notice.ts';
import { readOffBoarding } from '../shared/console/off-board-form.ts';
import { offBoardPage } from '../shared/console/pages/off-board-page.ts';
import { findTenant } from '../shared/http/find-tenant.ts';
import { offBoard } from '../shared/tenants/off-board.ts';

/** `GET /console/tenants/{tenantId}/off-board`: asks once more. `POST`: does it. */
export const consoleTenantOffBoard = consoleHandler(
  async (relay, request, session) => {
    const { value: tenant } = await findTenant(relay, request);
    if (request.method === 'GET') return offBoardPage(relay.settings, tenant, session);
    const queue = readOffBoarding(await readForm(request), tenant);
    if (typeof queue !== 'string') return offBoardPage(relay.settings, tenant, session, queue);
    await offBoard(relay, tenant.tenantId, queue, session.name);
    const when = queue === 'drain' ? 'what is queued is delivered' : 'what is queued is dropped';
    return afterForm('/console', `${tenant.name} is being off-boarded: it goes when ${when}.`);
  },
  { needs: 'Operator' },
);

app.http('console-tenant-off-board', {
  route: 'console/tenants/{tenantId}/off-board',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: consoleTenantOffBoard,
});
