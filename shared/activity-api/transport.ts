import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import axios from 'axios';
import { unreachableError } from './unreachable-error.ts';

/** An answer whose body has not been read yet. */
export interface Answer {
  readonly status: number;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  readonly body: Readable;
}

export interface OutgoingRequest {
  /** Beginning of a sentence, e.g. `Listing Audit.Exchange of tenant …`. */
  readonly subject: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly token: string;
}

export interface TransportLimits {
  /** How long a connection may take to be made, milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long nothing may arrive, milliseconds. */
  readonly idleTimeoutMs: number;
}

/** Resolves as soon as the headers are there. @throws ActivityApiError `unreachable`, or the signal's reason */
export type Transport = (request: OutgoingRequest, signal: AbortSignal) => Promise<Answer>;

/** All tenants of a cloud share one host, hence this pool: a few batches of twenty contents and the lister. */
const maxSockets = 128;

/** Sends requests over kept connections: no redirect is followed, no proxy used, every status is an answer. */
export function createTransport({ connectTimeoutMs, idleTimeoutMs }: TransportLimits): Transport {
  const agentOptions = { keepAlive: true, maxSockets, timeout: idleTimeoutMs };
  const client = axios.create({
    adapter: 'http',
    httpAgent: new http.Agent(agentOptions),
    httpsAgent: new https.Agent(agentOptions),
    // Of axios' own time-outs one begins only when TCP is connected, and the other runs while a request still queues
    // for a socket; a transport of ours replaces the latter by one that does neither.
    transport: {
      request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void) {
        const secure = options.protocol === 'https:';
        const request = (secure ? https : http).request(options, onResponse);
        limitConnecting(request, secure ? 'secureConnect' : 'connect', connectTimeoutMs);
        return request;
      },
    },
    maxRedirects: 0,
    proxy: false,
    decompress: true,
    responseType: 'stream',
    validateStatus: null,
    timeout: idleTimeoutMs,
    transitional: { clarifyTimeoutError: true },
  });
  return async ({ subject, method, url, token }, signal) => {
    signal.throwIfAborted();
    try {
      const response = await client.request<unknown>({ method, url, signal, headers: headersFor(method, token) });
      if (!(response.data instanceof Readable)) throw new TypeError('the body is not a stream');
      const body = response.data;
      // A connection may break before anybody reads; the reader is told then, and nobody else.
      body.on('error', () => undefined);
      const headers = new Map(
        Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
      );
      return { status: response.status, header: (name) => headers.get(name), body };
    } catch (fault) {
      signal.throwIfAborted();
      throw unreachableError(subject, fault);
    }
  };
}

function limitConnecting(request: http.ClientRequest, connected: string, limitMs: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => {
      request.destroy(Object.assign(new Error(`no connection within ${limitMs} ms`), { code: 'ETIMEDOUT' }));
    }, limitMs);
    for (const event of [connected, 'close']) {
      socket.once(event, () => {
        clearTimeout(timer);
      });
    }
  });
}

const headersFor = (method: string, token: string): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
  Accept: 'application/json, */*;q=0.5',
  'User-Agent': 'm365-audit-relay',
  ...(method === 'POST' && { 'Content-Length': '0' }),
});
