import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

import { Webhook } from 'standardwebhooks';

import { linesOf } from './delivered-lines.ts';

/** One request, its signature checked. */
export interface Request {
  readonly id: string;
  /** Uncompressed; one character for each byte. */
  readonly lines: readonly string[];
  /** What was answered; `undefined` while nothing is. */
  status: number | undefined;
}

/** A destination of type `https`. */
export interface Receiver {
  /** Its settings, but for `DESTINATIONS` itself. */
  readonly settings: Readonly<Record<string, string>>;
  readonly requests: readonly Request[];
  /** What was wrong with requests. It must stay empty. */
  readonly wrong: readonly string[];
  /** How a request is answered from now on. `hold`: not at all until `release`. */
  answer: (request: Request) => number | 'hold';
  /** Answers what is held with 200; those whose sender is gone stay unanswered. */
  release(): void;
  /** The lines of all requests that were answered with 200, sorted. */
  accepted(): string[];
  close: () => void;
}

/** Starts a loopback server that takes records, and holds each request to the words of Standard Webhooks. */
export async function startReceiver(name: string, compression: 'none' | 'gzip' = 'none'): Promise<Receiver> {
  const key = randomBytes(32).toString('base64');
  const requests: Request[] = [];
  const wrong: string[] = [];
  let held: { request: Request; response: ServerResponse }[] = [];

  const server = createServer((incoming, response) => {
    take(incoming, response).catch((error: unknown) => {
      wrong.push(String(error));
      response.destroy();
    });
  });
  async function take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
    const { headers } = incoming;
    const lines = checked(headers, body);
    const request: Request = { id: String(headers['webhook-id']), lines, status: undefined };
    requests.push(request);
    const status = receiver.answer(request);
    if (status === 'hold') held.push({ request, response });
    else reply(request, response, status);
  }
  function reply(request: Request, response: ServerResponse, status: number): void {
    request.status = status;
    response.writeHead(status).end();
  }
  function checked(headers: IncomingHttpHeaders, body: Buffer): string[] {
    if (headers['content-type'] !== 'application/x-ndjson') throw new Error('The content type is not NDJSON.');
    const [id, timestamp] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
    if (compression === 'none') {
      new Webhook(`whsec_${key}`).verify(body, headers as Record<string, string>, { jsonParse: false });
    } else {
      if (headers['content-encoding'] !== 'gzip') throw new Error('The body is not compressed.');
      const hmac = createHmac('sha256', Buffer.from(key, 'base64')).update(`${id}.${timestamp}.`).update(body);
      if (headers['webhook-signature'] !== `v1,${hmac.digest('base64')}`) throw new Error('The signature is wrong.');
    }
    const plain = compression === 'gzip' ? gunzipSync(body) : body;
    if (createHash('sha256').update(plain).digest('hex') !== id) throw new Error('The id is not the hash of the body.');
    return linesOf(plain);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const setting = `DESTINATION_${name.toUpperCase()}`;
  const receiver: Receiver = {
    settings: {
      [`${setting}_TYPE`]: 'https',
      [`${setting}_URL`]: `http://127.0.0.1:${(server.address() as AddressInfo).port}/records`,
      [`${setting}_SECRET`]: `whsec_${key}`,
      [`${setting}_COMPRESSION`]: compression,
    },
    requests,
    wrong,
    answer: () => 200,
    release() {
      for (const { request, response } of held) if (!response.destroyed) reply(request, response, 200);
      held = [];
    },
    accepted: () =>
      requests
        .filter(({ status }) => status === 200)
        .flatMap(({ lines }) => lines)
        .sort(),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return receiver;
}

/** The line that a record must arrive as, as `Request.lines` has it. */
export const envelopeOf = (
  record: string,
  fields: { tenantId: string; customerName: string; contentType: string; contentId: string },
): string => {
  const recordId = /"Id":"([^"]*)"/.exec(record)?.[1] ?? null;
  const { tenantId, customerName, contentType, contentId } = fields;
  const envelope = JSON.stringify({ tenantId, customerName, contentType, contentId, recordId });
  return Buffer.from(`${envelope.slice(0, -1)},"record":${record}}`).toString('latin1');
};
