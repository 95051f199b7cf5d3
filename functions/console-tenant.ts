import { app, type HttpResponseInit } from '@azure/functions';

import { consoleHandler } from '../shared/console/console-handler.ts';
import type { ConsoleSession } from '../shared/console/console-session.ts';
import { readForm } from '../shared/console/form.ts';
import { afterForm } from '../shared/console/notice.ts';
import { invitationPage } from '../shared/console/pages/invitation-page.ts';
import { pictureSpan } from '../shared/console/pages/pictured-hours.ts';
import { tenantPage } from '../shared/console/pages/tenant-page.ts';
import { tenantAction } from '../shared/console/tenant-action.ts';
import { readDay, viewTenant } from '../shared/console/tenant-view.ts';
import { findTenant } from '../shared/http/find-tenant.ts';
import type { Relay } from '../shared/relay.ts';
import type { Tenant } from '../shared/state/tenants.ts';
import { inviteAgain } from '../shared/tenants/add-tenant.ts';

/** `GET /console/tenants/{tenantId}`: everything about one customer. `POST`: what its buttons do. */
export const consoleTenant = consoleHandler(async (relay, request, session) => {
  const { value: tenant } = await findTenant(relay, request);
  if (request.method === 'POST') return act(relay, tenant, await readForm(request), session);
  const day = readDay(request.query.get('day'), pictureSpan(relay.clock.now()));
  return tenantPage(await viewTenant(relay, tenant), session, { day });
});

async function act(
  relay: Relay,
  tenant: Tenant,
  form: URLSearchParams,
  session: ConsoleSession,
): Promise<HttpResponseInit> {
  const { tenantId } = tenant;
  if (form.get('do') === 'invite') {
    const invitation = await inviteAgain(relay, { value: tenant }, session.name);
    return invitationPage({ session, settings: relay.settings, tenant, invitation });
  }
  const outcome = await tenantAction({ relay, tenantId, form, by: session.name });
  if (typeof outcome === 'string') return afterForm(`/console/tenants/${tenantId}`, outcome);
  return tenantPage(await viewTenant(relay, tenant), session, { refused: outcome });
}

app.http('console-tenant', {
  route: 'console/tenants/{tenantId}',
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  handler: consoleTenant,
});
