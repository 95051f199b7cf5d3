import { z } from 'zod';

const counts = z.object({ queued: z.number(), delivered: z.number(), parked: z.number(), lost: z.number() });

const feed = z.object({
  contentType: z.string(),
  state: z.string(),
  contents: counts,
  records: z.object({ delivered: z.number(), duplicates: z.number(), parked: z.number() }),
});

const listed = z.object({ tenantId: z.string(), name: z.string(), state: z.string() });
const tenant = listed.extend({ nextStep: z.string().nullish(), feeds: z.array(feed) });
const invitation = z.object({ invitation: z.object({ url: z.string() }) });
const parkedEntry = z.object({
  contentType: z.string().nullable(),
  contentId: z.string(),
  recordId: z.string().nullish(),
  reason: z.string(),
});
const failure = z.object({ error: z.object({ message: z.string() }) });

export type ListedTenant = z.infer<typeof listed>;
export type TenantDetail = z.infer<typeof tenant>;
export type ParkedEntry = z.infer<typeof parkedEntry>;
export type FeedDetail = z.infer<typeof feed>;

/** The app's own API, as far as starting and watching need it. Each call throws an Error with the app's sentence. */
export interface RelayApi {
  tenants(signal: AbortSignal): Promise<ListedTenant[]>;
  tenant(tenantId: string, signal: AbortSignal): Promise<TenantDetail>;
  /** @returns the invitation's address */
  add(name: string, tenant: string, signal: AbortSignal): Promise<string>;
  invite(tenantId: string, signal: AbortSignal): Promise<string>;
  parked(signal: AbortSignal): Promise<ParkedEntry[]>;
}

/** @param url the functions host's */
export function createRelayApi(url: string): RelayApi {
  async function call<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    signal: AbortSignal,
    body?: unknown,
  ): Promise<z.infer<Schema>> {
    const json = { 'content-type': 'application/json' };
    const init = method === 'POST' ? { method, headers: json, body: JSON.stringify(body ?? {}), signal } : { signal };
    const response = await fetch(new URL(path, url), init);
    const text = await response.text();
    if (!response.ok) {
      const said = failure.safeParse(parseOr(text));
      const why = said.success ? said.data.error.message : `it answered ${response.status}; see the log.`;
      throw new Error(`${method} ${path} failed: ${why}`);
    }
    return schema.parse(parseOr(text));
  }
  const one = (tenantId: string) => `/api/tenants/${encodeURIComponent(tenantId)}`;

  return {
    tenants: async (signal) =>
      (await call(z.object({ tenants: z.array(listed) }), 'GET', '/api/tenants', signal)).tenants,
    tenant: (tenantId, signal) => call(tenant, 'GET', one(tenantId), signal),
    add: async (name, tenantId, signal) =>
      (await call(invitation, 'POST', '/api/tenants', signal, { name, tenant: tenantId })).invitation.url,
    invite: async (tenantId, signal) =>
      (await call(invitation, 'POST', `${one(tenantId)}/invitation`, signal)).invitation.url,
    parked: async (signal) =>
      (await call(z.object({ parked: z.array(parkedEntry) }), 'GET', '/api/parked', signal)).parked,
  };
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
