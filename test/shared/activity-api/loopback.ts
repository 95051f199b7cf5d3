import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../shared/clock.ts';
import type { Cloud, Clouds, TenantAddress } from '../../../shared/entra/clouds.ts';
import type { TenantToken, TokenSource } from '../../../shared/entra/token-source.ts';
import type { ActivityApi } from '../../../shared/activity-api/activity-api.ts';
import { type ActivityApiDependencies, createActivityApi } from '../../../shared/activity-api/create-activity-api.ts';

export const tenantId = '11111111-2222-3333-4444-555555555555';
export const tenant: TenantAddress = { tenantId, cloud: 'custom' };
export const publisherId = '99999999-8888-7777-6666-555555555555';
export const root = `/api/v1.0/${tenantId}/activity/feed`;

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface Loopback {
  readonly url: string;
  readonly requests: Seen[];
  /** Sockets that were ever opened. */
  readonly sockets: () => number;
  readonly server: http.Server;
  close(): Promise<void>;
}

/** A server of Activity API answers on a port of its own. */
export async function startLoopback(answer: http.RequestListener): Promise<Loopback> {
  const requests: Seen[] = [];
  let sockets = 0;
  const server = http.createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    answer(request, response);
  });
  server.on('connection', () => (sockets += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    sockets: () => sockets,
    server,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const cloudAt = (managementUrl: string): Cloud => ({
  authorityHost: 'https://login.test',
  loginUrl: 'https://login.test',
  issuerHost: 'https://login.test',
  managementUrl,
  managementResource: 'https://manage.office.com',
  assertionAudience: 'api://AzureADTokenExchange',
});

export const cloudsAt = (managementUrl: string): Clouds => ({ custom: cloudAt(managementUrl) });

/** Tokens `token-1`, `token-2` ...: a new one after each time it is forgotten. */
export function countingTokens(): TokenSource & { readonly forgotten: () => number } {
  let count = 1;
  return {
    token: (): Promise<TenantToken> =>
      Promise.resolve({ value: `token-${count}`, roles: ['ActivityFeed.Read'], expires: Number.MAX_SAFE_INTEGER }),
    forget: () => (count += 1),
    forgotten: () => count - 1,
  };
}

export const apiAt = (url: string, more: Partial<ActivityApiDependencies> = {}): ActivityApi =>
  createActivityApi({ clouds: cloudsAt(url), tokens: countingTokens(), publisherId, clock: systemClock, ...more });

export const send = (response: http.ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
};

export const failure = (code: string, message = 'Something.'): { error: { code: string; message: string } } => ({
  error: { code, message },
});

export const denied = { Message: 'Authorization has been denied for this request.' };

export const never = new AbortController().signal;

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
