import { app } from '@azure/functions';

import { readBrowserSecret } from '../shared/consent/browser-secret.ts';
import { consentedTenant } from '../shared/consent/consented-tenant.ts';
import { pageHandler } from '../shared/http/page-handler.ts';
import { consentDonePage } from '../shared/pages/consent-done-page.ts';
import { messagePage } from '../shared/pages/message-page.ts';

/** `GET /consent/done`: the closing page; it may be refreshed. */
export const consentDone = pageHandler(async (relay, request) => {
  const { settings, feeds, clock } = relay;
  const tenant = await consentedTenant(relay, readBrowserSecret('done', request.headers.get('cookie')));
  if (tenant === undefined) {
    return messagePage(400, 'Nothing to show here', 'To give consent, open the link that you were sent.');
  }
  const known = new Map((await feeds.ofTenant(tenant.tenantId)).map(({ value }) => [value.contentType, value]));
  const standing = tenant.contentTypes.map((contentType) => ({
    contentType,
    state: known.get(contentType)?.state ?? 'starting',
  }));
  return consentDonePage(settings, tenant, standing, clock.now());
});

app.http('consent-done', {
  route: 'consent/done',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: consentDone,
});
