import { createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import selfsigned from 'selfsigned';
import { microsoftClouds, type Cloud, type Clouds, type TenantAddress } from '../../../shared/entra/clouds.ts';

export const tenantId = '11111111-2222-3333-4444-555555555555';
export const tenant: TenantAddress = { tenantId, cloud: 'custom' };
export const clientId = 'cccccccc-2222-3333-4444-555555555555';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly form: URLSearchParams;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: http.OutgoingHttpHeaders;
}

export interface Login {
  readonly url: string;
  readonly cloud: Cloud;
  readonly clouds: Clouds;
  readonly requests: Seen[];
  /** Requests for a token, without those for metadata. */
  readonly tokenRequests: () => Seen[];
  /** What the token endpoint answers, by default a good token; `undefined` leaves the request unanswered. */
  onToken: (seen: Seen) => Answer | undefined | Promise<Answer | undefined>;
  /** What the metadata endpoint answers. */
  onMetadata: (seen: Seen) => Answer | undefined;
  close(): Promise<void>;
}

/** A certificate for 127.0.0.1, with its private key. */
export const makeCertificate = () =>
  selfsigned.generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });

let certificate: ReturnType<typeof makeCertificate> | undefined;

/** One certificate a process, which is trusted from the first use on. */
async function trusted(): ReturnType<typeof makeCertificate> {
  if (certificate === undefined) {
    certificate = makeCertificate();
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), (await certificate).cert]);
  }
  return certificate;
}

/** A login server over TLS that this process trusts, and no other. */
export async function startLogin(): Promise<Login> {
  for (const name of Object.keys(process.env))
    if (/^(https?|all)_proxy$/i.test(name)) Reflect.deleteProperty(process.env, name);
  const { private: key, cert } = await trusted();
  const requests: Seen[] = [];
  const server = https.createServer({ key, cert }, (request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cloud: Cloud = { ...microsoftClouds.worldwide, authorityHost: url, loginUrl: url };
  const login: Login = {
    url,
    cloud,
    clouds: { custom: cloud },
    requests,
    tokenRequests: () => requests.filter(({ method }) => method === 'POST'),
    onToken: ({ path }) => granted(makeToken({ tid: path.split('/')[1] })),
    onMetadata: ({ path }) => ({ status: 200, body: metadataOf(url, path.split('/')[1] ?? '') }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const seen: Seen = {
      method: request.method ?? '',
      path: (request.url ?? '').replace(/\?.*/, ''),
      form: new URLSearchParams(body),
    };
    requests.push(seen);
    const answer = seen.method === 'POST' ? await login.onToken(seen) : login.onMetadata(seen);
    if (answer === undefined) return;
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  }
  return login;
}

export const metadataOf = (url: string, tenantName: string) => ({
  issuer: `${url}/${tenantName}/v2.0`,
  token_endpoint: `${url}/${tenantName}/oauth2/v2.0/token`,
  authorization_endpoint: `${url}/${tenantName}/oauth2/v2.0/authorize`,
  jwks_uri: `${url}/${tenantName}/discovery/v2.0/keys`,
});

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A token as Entra makes it out, with the claims changed or removed (`undefined`). */
export function makeToken(claims: Record<string, unknown> = {}): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = {
    tid: tenantId,
    appid: clientId,
    roles: ['ActivityFeed.Read', 'ActivityFeed.ReadDlp'],
    ver: '1.0',
    ...claims,
  };
  const text = `${part({ typ: 'JWT', alg: 'RS256' })}.${part(payload)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
}

export const granted = (token: string, expiresIn = 3599): Answer => ({
  status: 200,
  body: { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: token },
});

export const refused = (status: number, error: string, code: number): Answer => ({
  status,
  body: {
    error,
    error_description: `AADSTS${code}: Something about it.\r\nTrace ID: 00000000-0000-4000-8000-000000000000`,
    error_codes: [code],
    timestamp: '2026-11-01 10:00:00Z',
    trace_id: '00000000-0000-4000-8000-000000000000',
    correlation_id: '00000000-0000-4000-8000-000000000001',
  },
});
