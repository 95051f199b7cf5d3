import { request } from 'node:https';
import { once } from 'node:events';
import { afterEach, beforeEach } from 'vitest';
import { startSimulator } from '../../../local/simulator/start-simulator.ts';
import type { Simulator, SimulatorOptions } from '../../../local/simulator/simulator.ts';

export const tenantId = '11111111-2222-4333-8444-555555555555';
export const otherTenantId = '99999999-2222-4333-8444-555555555555';
export const clientId = 'aaaaaaaa-0000-4000-8000-000000000001';
export const publisherId = 'bbbbbbbb-0000-4000-8000-000000000001';
export const noon = Date.parse('2026-11-22T12:00:00.000Z');
export const hour = 3_600_000;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. */
  json(): unknown;
}

/** A simulator with a clock of its own, and somebody who calls it as a collector would. */
export interface Caller extends Simulator {
  clock: { now: number };
  requestToken(fields?: Readonly<Record<string, string>>, path?: string): Promise<Reply>;
  token(tenant?: string): Promise<string>;
  api(method: string, path: string, query?: Readonly<Record<string, string>>, token?: string): Promise<Reply>;
  start(contentType: string): Promise<Reply>;
  list(contentType: string, query?: Readonly<Record<string, string>>): Promise<Reply>;
  fetch(uri: string): Promise<Response>;
}

export const read = async (response: Response): Promise<Reply> => {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown };
};

/** A call over TLS that trusts one certificate. */
export async function callTls(url: string, ca: string, method = 'GET', body = ''): Promise<Reply> {
  const sent = request(url, { method, ca, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const headers = new Headers(
    Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return { status: response.statusCode ?? 0, headers, text, json: () => JSON.parse(text) as unknown };
}

export const iso = (time: number): string => new Date(time).toISOString().slice(0, 19);

export async function startCaller(options: SimulatorOptions = {}): Promise<Caller> {
  const clock = { now: noon };
  const simulator = await startSimulator({
    now: () => clock.now,
    tenants: [
      { tenantId, name: 'Contoso <b>&', domain: 'contoso.example' },
      { tenantId: otherTenantId, name: 'Other', domain: 'other.example' },
    ],
    ...options,
  });
  const base = `${simulator.managementUrl}/api/v1.0`;
  const caller: Caller = {
    ...simulator,
    clock,
    async requestToken(fields = {}, path = `/${tenantId}/oauth2/v2.0/token`) {
      const form = {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: 'a secret',
        scope: 'https://manage.office.com/.default',
        ...fields,
      };
      const body = new URLSearchParams(Object.entries(form).filter(([, value]) => value !== '')).toString();
      return await callTls(simulator.authorityUrl + path, simulator.certificate, 'POST', body);
    },
    async token(tenant = tenantId) {
      const reply = await caller.requestToken({}, `/${tenant}/oauth2/v2.0/token`);
      return (reply.json() as { access_token: string }).access_token;
    },
    async api(method, path, query = {}, token) {
      const url = new URL(`${base}/${path}`);
      for (const [name, value] of Object.entries({ PublisherIdentifier: publisherId, ...query })) {
        url.searchParams.set(name, value);
      }
      const authorization = `Bearer ${token ?? (await caller.token())}`;
      return await read(await fetch(url, { method, headers: { authorization } }));
    },
    start: (contentType) => caller.api('POST', `${tenantId}/activity/feed/subscriptions/start`, { contentType }),
    list: (contentType, query = {}) =>
      caller.api('GET', `${tenantId}/activity/feed/subscriptions/content`, {
        contentType,
        startTime: iso(clock.now - 23 * hour),
        endTime: iso(clock.now + hour),
        ...query,
      }),
    fetch: async (uri) =>
      await fetch(`${uri}?PublisherIdentifier=${publisherId}`, {
        headers: { authorization: `Bearer ${await caller.token()}` },
      }),
  };
  return caller;
}

/** A caller that is new before each test of a file, subscribed to a content type. */
export function useCaller(contentType: string): Caller {
  const caller = {} as Caller;
  beforeEach(async () => {
    Object.assign(caller, await startCaller());
    await subscribe(caller, contentType);
  });
  afterEach(() => caller.close());
  return caller;
}

export interface Listed {
  readonly contentId: string;
  readonly contentUri: string;
  readonly contentCreated: string;
  readonly contentExpiration: string;
  readonly contentType: string;
}

export const listed = (reply: Reply): Listed[] => reply.json() as Listed[];

/** Consents and subscribes, so that contents can be listed. */
export async function subscribe(caller: Caller, ...contentTypes: readonly string[]): Promise<void> {
  caller.consent(tenantId, clientId);
  for (const contentType of contentTypes) await caller.start(contentType);
}

export const errorOf = (reply: Reply): { code: string; message: string } =>
  (reply.json() as { error: { code: string; message: string } }).error;
