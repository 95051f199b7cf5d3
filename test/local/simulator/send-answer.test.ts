import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { sendAnswer } from '../../../local/simulator/send-answer.ts';

const chunk = Buffer.alloc(256 * 1024);
const chunks = 800;
const manner = { date: 0, headerNames: 'as-written' } as const;

const server = createServer();
afterEach(() => {
  server.closeAllConnections();
  server.close();
  server.removeAllListeners('request');
});

/** A server that sends 200 MB; how much of it was made; and a reader that does not read yet. */
async function begin() {
  let made = 0;
  let ended = false;
  function* make(): Generator<Buffer> {
    try {
      for (; made < chunks; made++) yield chunk;
    } finally {
      ended = true;
    }
  }
  const responses: ServerResponse[] = [];
  const sent: Promise<void>[] = [];
  server.on('request', (_, response: ServerResponse) => {
    responses.push(response);
    sent.push(sendAnswer(response, { status: 200, body: { chunks: make(), length: undefined } }, manner));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const [reader] = (await once(request, 'response')) as [IncomingMessage];
  // Made up to where both ends' buffers are full, and no further although the loop goes on turning.
  let quiet = 0;
  while (quiet < 200) {
    const before = made;
    await turn();
    quiet = made === before ? quiet + 1 : 0;
  }
  return { reader, sent, made: () => made, ended: () => ended, response: responses[0] };
}

test('a body is made no faster than it is read', async () => {
  const { reader, sent, made, response } = await begin();
  expect(response?.writableNeedDrain).toBe(true);
  expect(made()).toBeLessThan(chunks / 4);
  let bytes = 0;
  for await (const part of reader as AsyncIterable<Buffer>) bytes += part.byteLength;
  expect(bytes).toBe(chunks * chunk.byteLength);
  await Promise.all(sent);
  expect(made()).toBe(chunks);
});

test('a body is not made further once the reader is gone', async () => {
  const { reader, sent, made, ended } = await begin();
  reader.destroy();
  await Promise.all(sent);
  expect(ended()).toBe(true);
  expect(made()).toBeLessThan(chunks / 4);
});
