import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import axios from 'axios';
import type { RequestUse } from './request-use.ts';
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
  readonly use: RequestUse;
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

/**
 * All tenants of a cloud share one host, hence these pools: a dozen batches of twenty contents, and the lister with a
 * pool of its own, so that contents that take their time hold up no listing.
 */
const maxSockets: Record<RequestUse, number> = { listing: 128, fetching: 256 };

/** Sends requests over kept connections: no redirect is followed, no proxy used, every status is an answer. */
export function createTransport({ connectTimeoutMs, idleTimeoutMs }: TransportLimits): Transport {
  const agentsFor = (use: RequestUse) => {
    const options = { keepAlive: true, maxSockets: maxSockets[use], timeout: idleTimeoutMs };
    return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) };
  };
  const agents = { listing: agentsFor('listing'), fetching: agentsFor('fetching') };
  const client = axios.create({
    adapter: 'http',
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
  return async ({ subject, use, method, url, token }, signal) => {
    signal.throwIfAborted();
    try {
      const headersSent = headersFor(method, token);
      const response = await client.request<unknown>({ ...agents[use], method, url, signal, headers: headersSent });
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
