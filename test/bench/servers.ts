import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

import { madeUpRecord } from './made-up-record.ts';

/**
 * The two ends of the worker path, in a process of their own: an Activity API that serves contents out of memory and an
 * endpoint that takes whatever is posted. The first message from the parent says how much of it; the answer names the ports.
 */
export interface ServersOrder {
  readonly contents: number;
  readonly recordsPerContent: number;
}

export interface ServersReady {
  readonly api: number;
  readonly endpoint: number;
  readonly contentBytes: number;
}

async function listen(server: Server): Promise<number> {
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A content of so many megabytes, never held in memory as a whole. */
function* generated(megabytes: number): Generator<Buffer> {
  let left = megabytes * 1e6;
  for (let i = 0; left > 0; i += 100) {
    const records = Array.from({ length: 100 }, (_, n) => JSON.stringify(madeUpRecord(i + n))).join(',');
    const chunk = Buffer.from(`${i === 0 ? '[' : ','}${records}`);
    left -= chunk.length;
    yield chunk;
  }
  yield Buffer.from(']');
}

async function serve({ contents, recordsPerContent }: ServersOrder): Promise<void> {
  const bodies = Array.from({ length: contents }, (_, content) => {
    const records = Array.from({ length: recordsPerContent }, (_none, i) =>
      madeUpRecord(content * recordsPerContent + i),
    );
    return Buffer.from(JSON.stringify(records));
  });
  let latencyMs = 0;
  const api = createServer((request, answer) => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    if (url.pathname === '/latency') {
      latencyMs = Number(url.searchParams.get('ms'));
      answer.end();
      return;
    }
    const last = url.pathname.split('/').at(-1) ?? '';
    if (last.startsWith('stream-')) {
      answer.writeHead(200, { 'content-type': 'application/json' });
      Readable.from(generated(Number(last.slice('stream-'.length)))).pipe(answer);
      return;
    }
    const body = bodies[Number(last)] ?? Buffer.from('[]');
    const send = (): void => {
      answer.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      answer.end(body);
    };
    if (latencyMs === 0) send();
    else setTimeout(send, latencyMs);
  });
  const endpoint = createServer((request, answer) => {
    request.resume();
    request.on('end', () => answer.end());
  });
  const ready: ServersReady = {
    api: await listen(api),
    endpoint: await listen(endpoint),
    contentBytes: bodies.reduce((sum, body) => sum + body.length, 0),
  };
  process.send?.(ready);
}

process.once('message', (order) => {
  void serve(order as ServersOrder);
});
process.once('disconnect', () => process.exit());
