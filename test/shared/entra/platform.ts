import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** The platform's endpoint for managed identities. */
export interface Platform {
  readonly requests: { url: URL; header: unknown }[];
  /** What it answers. */
  status: number;
  /** Life of the tokens that it gives. */
  lifeSeconds: number;
  close(): Promise<void>;
}

/** Starts it and names it in the environment: the identity library looks for it once in a process. */
export async function startPlatform(): Promise<Platform> {
  const server = http.createServer((request, response) => {
    platform.requests.push({
      url: new URL(request.url ?? '', 'http://platform'),
      header: request.headers['x-identity-header'],
    });
    response.writeHead(platform.status, { 'content-type': 'application/json' });
    const expires = Math.floor(Date.now() / 1000) + platform.lifeSeconds;
    response.end(
      JSON.stringify(
        platform.status === 200
          ? { access_token: 'identity.own.token', expires_on: String(expires), resource: 'r', token_type: 'Bearer' }
          : { statusCode: platform.status, message: 'No managed identity found, header-in-answer.' },
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`;
  process.env['IDENTITY_HEADER'] = 'platform-header';
  const platform: Platform = {
    requests: [],
    status: 200,
    lifeSeconds: 86_400,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return platform;
}
