import { app } from '@azure/functions';

import { apiHandler } from '../shared/http/api-handler.ts';
import { findTenant } from '../shared/http/find-tenant.ts';
import { readSpan } from '../shared/http/read-span.ts';
import { accountOf } from '../shared/tenants/completeness.ts';
import { gapsJson } from '../shared/tenants/tenant-json.ts';

/** `GET /api/tenants/{tenantId}/completeness`: per feed and hour, what became of every content that was listed. */
export const apiTenantCompleteness = apiHandler(async (relay, request) => {
  const span = readSpan(request, relay.clock.now());
  const { value: tenant } = await findTenant(relay, request);
  const feeds = await accountOf(relay, tenant, span);
  return { jsonBody: { feeds: feeds.map((feed) => ({ ...feed, gaps: gapsJson(feed.gaps) })) } };
});

app.http('api-tenant-completeness', {
  route: 'api/tenants/{tenantId}/completeness',
  methods: ['GET'],
  authLevel: 'function',
  handler: apiTenantCompleteness,
});
