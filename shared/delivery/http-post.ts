import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import axios, { isAxiosError } from 'axios';
import { retryAfterMs } from '../activity-api/retry-after.ts';
import type { Clock } from '../clock.ts';
import type { HttpAnswer } from './answer-error.ts';
import { DestinationError } from './destination-error.ts';
import { transportError } from './transport-error.ts';

/** How long a destination has for connecting, reading the request and answering, milliseconds. */
export const answerTimeoutMs = 30_000;

// About what one instance of the functions host runs side by side with its default settings.
const maxSockets = 32;
const maxAnswerBytes = 16_384;

export interface HttpPostOptions {
  readonly destinationName: string;
  readonly url: string;
  readonly clock: Clock;
  /** Certificates to trust besides the system's, PEM. */
  readonly ca?: string | undefined;
}

/**
 * Sends one body and waits for the answer, whatever its status.
 * @throws DestinationError if there was no answer; the signal's reason if it was aborted
 */
export type HttpPost = (
  body: Buffer,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<HttpAnswer>;

const readStart = async (stream: Readable): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop closes the connection: no one reads an endless answer to its end.
    if (length >= maxAnswerBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString();
};

/** One address over kept-alive connections. Redirects are not followed and proxies of the environment not used. */
export function createHttpPost(options: HttpPostOptions): HttpPost {
  const { destinationName, url, clock, ca } = options;
  const client = axios.create({
    httpAgent: new http.Agent({ keepAlive: true, maxSockets }),
    httpsAgent: new https.Agent({ keepAlive: true, maxSockets, ...(ca === undefined ? {} : { ca }) }),
    maxRedirects: 0,
    proxy: false,
    decompress: false,
    maxBodyLength: Infinity,
    responseType: 'stream',
    validateStatus: () => true,
    // The body goes out as the bytes that were signed.
    transformRequest: [(data: unknown) => data],
  });

  return async (body, ownHeaders, signal) => {
    signal.throwIfAborted();
    const watch = new AbortController();
    const late = new Error('late');
    const giveUp = (): void => {
      watch.abort(late);
    };
    const stop = (): void => {
      watch.abort();
    };
    clock.sleep(answerTimeoutMs, watch.signal).then(giveUp, () => undefined);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const { status, headers, data } = await client.post<Readable>(url, body, {
        headers: { 'user-agent': 'm365-audit-relay', 'accept-encoding': 'identity', ...ownHeaders },
        signal: watch.signal,
      });
      const retryAfter: unknown = headers['retry-after'];
      return {
        status,
        retryAfterMs: retryAfterMs(typeof retryAfter === 'string' ? retryAfter : undefined, undefined, clock.now()),
        // The status has been said; an answer that breaks off or hangs after it changes nothing about it.
        text: await readStart(data).catch(() => ''),
      };
    } catch (error) {
      signal.throwIfAborted();
      if (watch.signal.reason === late) {
        const seconds = answerTimeoutMs / 1000;
        throw new DestinationError(
          `Destination ${destinationName} did not answer within ${seconds} s; check how busy it is.`,
          { kind: 'unavailable' },
        );
      }
      throw transportError(destinationName, isAxiosError(error) ? error.code : undefined);
    } finally {
      signal.removeEventListener('abort', stop);
      watch.abort();
    }
  };
}
