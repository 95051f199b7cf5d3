import { app } from '@azure/functions';
import { z } from 'zod';

import { apiHandler } from '../shared/http/api-handler.ts';
import { readJson } from '../shared/http/read-body.ts';
import type { Feed } from '../shared/state/feeds.ts';
import { addTenant } from '../shared/tenants/add-tenant.ts';
import type { FeedStanding } from '../shared/tenants/next-step.ts';
import { tenantSummary } from '../shared/tenants/tenant-json.ts';

const body = z.object({
  name: z
    .string('must be text')
    .trim()
    .min(1, 'must not be empty')
    .max(200, 'must be at most 200 characters long')
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line of text'),
  tenant: z
    .string('must be text')
    .trim()
    .min(1, 'must be a tenant ID or a domain')
    .max(253, 'must be a tenant ID or a domain'),
});

/** `GET /api/tenants`, `POST /api/tenants`: all customers; one more. */
export const apiTenants = apiHandler(async (relay, request) => {
  if (request.method === 'GET') {
    const [tenants, feeds] = await Promise.all([relay.tenants.all(), relay.feeds.all()]);
    const standings = standingsByTenant(
      feeds.map(({ value }) => value),
      relay.clock.now(),
    );
    const summaries = tenants.map(({ value }) => tenantSummary(value, standings.get(value.tenantId) ?? []));
    return { jsonBody: { tenants: summaries } };
  }
  const { tenant, invitation } = await addTenant(relay, await readJson(request, body));
  return {
    status: 201,
    jsonBody: {
      tenantId: tenant.tenantId,
      name: tenant.name,
      state: tenant.state,
      invitation: { url: invitation.url, expires: new Date(invitation.expires).toISOString() },
    },
  };
});

/** Where feeds stand, as far as their own rows tell: a list of many tenants reads no ledgers. */
function standingsByTenant(feeds: readonly Feed[], now: number): Map<string, FeedStanding[]> {
  return Map.groupBy(
    feeds.map(({ tenantId, contentType, state, position }) => {
      const lagSeconds = position === undefined ? undefined : Math.round((now - position) / 1000);
      return { tenantId, contentType, state, lagSeconds };
    }),
    ({ tenantId }) => tenantId,
  );
}

app.http('api-tenants', {
  route: 'api/tenants',
  methods: ['GET', 'POST'],
  authLevel: 'function',
  handler: apiTenants,
});
