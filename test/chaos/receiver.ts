import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Webhook } from 'standardwebhooks';

import { type DestinationFault, isDisliked } from './destination-faults.ts';

/** A request whose records the destination has. Times are milliseconds since the epoch. */
export interface Taken {
  readonly host: number;
  readonly from: number;
  readonly at: number;
  /** Whether the sender can know: nothing if the connection was broken instead of an answer. */
  readonly answered: boolean;
  readonly lines: readonly string[];
}

/** A destination of type `https` that misbehaves as it is told. */
export interface Receiver {
  readonly name: string;
  /** Its settings for one of the hosts: the address tells who sends. */
  settings(host: number): Readonly<Record<string, string>>;
  readonly taken: readonly Taken[];
  /** What was wrong with requests. It must stay empty. */
  readonly wrong: readonly string[];
  begin(fault: DestinationFault): void;
  end(fault: DestinationFault): void;
  close(): void;
}

type Act = { answer: number; retryAfter?: number | null | undefined } | 'cut' | 'cut-after' | 'hang';

export async function startReceiver(name: string): Promise<Receiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const webhook = new Webhook(secret);
  const faults = new Set<DestinationFault>();
  const held = new Set<ServerResponse>();
  const taken: Taken[] = [];
  const wrong: string[] = [];

  const server = createServer((request, response) => {
    receive(request, response).catch((error: unknown) => {
      // The sender was killed in the middle: nothing was wrong with what it sent.
      if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) wrong.push(String(error));
      response.destroy();
    });
  });

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const from = Date.now();
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const lines = checkedLines(webhook, request, body);
    const host = Number(/\d+$/.exec(request.url ?? '')?.[0]);
    const act = actOn(lines);
    if (act === 'cut') request.socket.destroy();
    else if (act === 'hang') hold(response);
    else if (act === 'cut-after') {
      taken.push({ host, from, at: Date.now(), answered: false, lines });
      request.socket.destroy();
    } else {
      if (act.answer === 200) taken.push({ host, from, at: Date.now(), answered: !response.destroyed, lines });
      const retryAfter = typeof act.retryAfter !== 'number' ? {} : { 'retry-after': String(act.retryAfter) };
      response.writeHead(act.answer, retryAfter).end();
    }
  }

  function hold(response: ServerResponse): void {
    held.add(response);
    response.on('close', () => held.delete(response));
  }

  function actOn(lines: readonly string[]): Act {
    for (const fault of faults) {
      const act = actOf(fault, lines);
      if (act !== undefined) return act;
    }
    return { answer: 200 };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const setting = `DESTINATION_${name.toUpperCase()}`;
  return {
    name,
    settings: (host) => ({
      [`${setting}_TYPE`]: 'https',
      [`${setting}_URL`]: `http://127.0.0.1:${port}/from/${host}`,
      [`${setting}_SECRET`]: secret,
    }),
    taken,
    wrong,
    begin(fault) {
      faults.add(fault);
    },
    end(fault) {
      faults.delete(fault);
      // Whoever still waits for an answer is not told what became of its request.
      if (fault.kind === 'hang') for (const response of held) response.destroy();
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What a fault does to a request; nothing if it does not concern it. */
function actOf(fault: DestinationFault, lines: readonly string[]): Act | undefined {
  switch (fault.kind) {
    case 'status':
      return { answer: fault.status, retryAfter: fault.retryAfter };
    case 'cut-before':
      return 'cut';
    case 'cut-after':
    case 'hang':
      return fault.kind;
    case 'too-large':
      return lines.length > fault.lines ? { answer: 413 } : undefined;
    case 'refuse':
      return lines.some((line) => isDisliked(line, fault.oneOf)) ? { answer: fault.status } : undefined;
    case 'refuse-tenant':
      return lines.some((line) => line.startsWith(`{"tenantId":"${fault.tenantId}"`))
        ? { answer: fault.status }
        : undefined;
  }
}

/** Holds a request to the words of Standard Webhooks and of interfaces.md. @throws Error that says what is wrong */
function checkedLines(webhook: Webhook, { headers }: IncomingMessage, body: Buffer): string[] {
  if (headers['content-type'] !== 'application/x-ndjson') throw new Error('The content type is not NDJSON.');
  webhook.verify(body, headers as Record<string, string>, { jsonParse: false });
  const hash = createHash('sha256').update(body).digest('hex');
  if (hash !== headers['webhook-id']) throw new Error('The id is not the hash of the body.');
  const lines = body.toString().split('\n');
  if (lines.pop() !== '') throw new Error('The last line has no end.');
  return lines;
}
