import { createHmac, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../shared/clock.ts';
import type { Clock } from '../../../../shared/clock.ts';
import { DestinationError } from '../../../../shared/delivery/destination-error.ts';
import { createHttpsDestination } from '../../../../shared/delivery/destinations/https.ts';
import { envelopeLines } from '../../../../shared/delivery/envelope.ts';
import { answerTimeoutMs } from '../../../../shared/delivery/http-post.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { startReceiver } from '../receiver.ts';
import type { Receiver } from '../receiver.ts';
import { calm, delivery, failureOf, record } from '../sample-delivery.ts';

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
const secret = newSecret();
const two = delivery([record('{"Secret":"body","n":1}', 'a'), record('{"n":2}', null)]);
const open: { close(): unknown }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function receiver(answer: (response: ServerResponse) => void): Promise<Receiver> {
  const started = await startReceiver(answer);
  open.push(started);
  return started;
}

async function listen(server: Server): Promise<number> {
  open.push(server);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => {
    resolve(undefined);
  });
  await promise;
  return (server.address() as AddressInfo).port;
}

const destination = (
  url: string,
  changes: { secrets?: string[]; compression?: 'none' | 'gzip' } = {},
  clock: Clock = systemClock,
  ca?: string,
) =>
  createHttpsDestination(
    { name: 'soc', type: 'https', url, secrets: [secret], compression: 'none', ...changes },
    { clock, ...(ca === undefined ? {} : { ca }) },
  );

const ok = (response: ServerResponse): void => {
  response.writeHead(204).end();
};

/** Fails the test unless the error is ours and keeps records and secrets to itself. */
function expectWords(error: unknown, kind: string, words: RegExp): void {
  expect(error).toBeInstanceOf(DestinationError);
  const { message, cause } = error as DestinationError;
  expect((error as DestinationError).kind).toBe(kind);
  expect(message).toMatch(words);
  expect(message + JSON.stringify(cause ?? '')).not.toMatch(/whsec_|Secret/);
}

describe('what is sent', () => {
  test('lines in envelopes, signed so that the reference library accepts them', async () => {
    const { url, received } = await receiver(ok);
    expect(await destination(url).deliver(two, calm())).toEqual([{ taken: true }, { taken: true }]);
    const [request] = received;
    expect(request?.method).toBe('POST');
    expect(request?.headers['content-type']).toBe('application/x-ndjson');
    expect(request?.headers['content-encoding']).toBeUndefined();
    expect(request?.body).toEqual(envelopeLines(two));
    expect(request?.headers['webhook-id']).toMatch(/^[0-9a-f]{64}$/);
    const headers = request?.headers as Record<string, string>;
    const verify = (key: string, body: Buffer) => () => new Webhook(key).verify(body, headers, { jsonParse: false });
    expect(verify(secret, request?.body ?? Buffer.alloc(0))).not.toThrow();
    expect(verify(newSecret(), request?.body ?? Buffer.alloc(0))).toThrow();
    expect(verify(secret, Buffer.from('other'))).toThrow();
  });

  test('while rotating, old and new secret both verify', async () => {
    const { url, received } = await receiver(ok);
    const secrets = [newSecret(), newSecret()];
    await destination(url, { secrets }).deliver(two, calm());
    const headers = received[0]?.headers as Record<string, string>;
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const one of secrets) {
      expect(() =>
        new Webhook(one).verify(received[0]?.body ?? Buffer.alloc(0), headers, { jsonParse: false }),
      ).not.toThrow();
    }
  });

  test('gzip: signed over the compressed bytes, known by the hash of the uncompressed ones', async () => {
    const { url, received } = await receiver(ok);
    await destination(url, { compression: 'gzip' }).deliver(two, calm());
    await destination(url).deliver(two, calm());
    const [zipped, plain] = received;
    expect(zipped?.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped?.body ?? Buffer.alloc(0))).toEqual(plain?.body);
    expect(zipped?.headers['webhook-id']).toBe(plain?.headers['webhook-id']);
    // The reference library reads a body as text, so that it cannot verify bytes: HMAC by hand.
    const signed = Buffer.concat([
      Buffer.from(`${String(zipped?.headers['webhook-id'])}.${String(zipped?.headers['webhook-timestamp'])}.`),
      zipped?.body ?? Buffer.alloc(0),
    ]);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    expect(zipped?.headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
    );
  });

  test('the same body again has the same id and a new timestamp; another body another id', async () => {
    const { url, received } = await receiver(ok);
    const clock = createManualClock();
    const soc = destination(url, {}, clock);
    await soc.deliver(two, calm());
    clock.advance(5000);
    await soc.deliver(two, calm());
    await soc.deliver(delivery([record('{"n":3}')]), calm());
    const [first, again, other] = received.map(({ headers }) => headers);
    expect(again?.['webhook-id']).toBe(first?.['webhook-id']);
    expect(other?.['webhook-id']).not.toBe(first?.['webhook-id']);
    expect(first?.['webhook-timestamp']).toBe(String(Date.parse('2026-11-22T10:30:00Z') / 1000));
    expect(Number(again?.['webhook-timestamp']) - Number(first?.['webhook-timestamp'])).toBe(5);
  });

  test('connections are kept; a delivery without records sends nothing', async () => {
    const { url, received, connections } = await receiver(ok);
    const soc = destination(url);
    expect(await soc.deliver(delivery([]), calm())).toEqual([]);
    for (let n = 0; n < 3; n += 1) await soc.deliver(two, calm());
    expect(received).toHaveLength(3);
    expect(connections()).toBe(1);
  });
});

describe('what is answered', () => {
  test('Retry-After comes back with the error', async () => {
    const { url } = await receiver((response) => response.writeHead(429, { 'retry-after': '7' }).end());
    const error = await failureOf(destination(url).deliver(two, calm()));
    expectWords(error, 'unavailable', /HTTP 429/);
    expect((error as DestinationError).retryAfterMs).toBe(7000);
  });

  test('a redirect is not followed', async () => {
    const other = await receiver(ok);
    const { url } = await receiver((response) => response.writeHead(307, { location: other.url }).end());
    expectWords(await failureOf(destination(url).deliver(two, calm())), 'misconfigured', /HTTP 307.*_URL/);
    expect(other.received).toHaveLength(0);
  });

  test('a refusal carries the start of the answer, however long that is', async () => {
    const { url } = await receiver((response) => response.writeHead(422).end(`no field x\n${'y'.repeat(5_000_000)}`));
    const error = await failureOf(destination(url).deliver(two, calm()));
    expectWords(error, 'refused', /HTTP 422.*no field x y+$/);
    expect((error as Error).message.length).toBeLessThan(600);
  });

  test('413 before the body was read is still "too large"', async () => {
    const server = createTcpServer((socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      });
      socket.on('error', () => undefined);
    });
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const big = delivery([record(`{"a":"${'x'.repeat(3_000_000)}"}`)]);
    expectWords(await failureOf(destination(url).deliver(big, calm())), 'too-large', /HTTP 413/);
  });

  test('success is the status: an answer that breaks off after it takes nothing back', async () => {
    const { url } = await receiver((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begun', () => response.destroy());
    });
    expect(await destination(url).deliver(two, calm())).toHaveLength(2);
  });
});

describe('no answer', () => {
  test('a destination that is silent for 30 s is unavailable', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const { url } = await receiver(() => {
      arrived.resolve(undefined);
    });
    const clock = createManualClock();
    const failure = failureOf(destination(url, {}, clock).deliver(two, calm()));
    await arrived.promise;
    clock.advance(answerTimeoutMs);
    expectWords(await failure, 'unavailable', /did not answer within 30 s/);
  });

  test('an abort ends it with the reason of the signal', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const { url } = await receiver(() => {
      arrived.resolve(undefined);
    });
    const abort = new AbortController();
    const failure = failureOf(destination(url).deliver(two, abort.signal));
    await arrived.promise;
    const reason = new Error('The batch ran out of time.');
    abort.abort(reason);
    expect(await failure).toBe(reason);
    expect(await failureOf(destination(url).deliver(two, abort.signal))).toBe(reason);
  });

  test('a connection that breaks or is refused is unavailable', async () => {
    const { url, close } = await receiver((response) => response.destroy());
    const soc = destination(url);
    expectWords(await failureOf(soc.deliver(two, calm())), 'unavailable', /could not be reached \(ECONNRESET\)/);
    close();
    expectWords(await failureOf(soc.deliver(two, calm())), 'unavailable', /ECONNREFUSED/);
  });

  test('an unknown host is a wrong setting', async () => {
    const soc = destination('https://nowhere.invalid/');
    const error = await failureOf(soc.deliver(two, calm()));
    // A machine without any name server answers EAI_AGAIN, which may pass.
    if ((error as DestinationError).message.includes('EAI_AGAIN')) expectWords(error, 'unavailable', /EAI_AGAIN/);
    else expectWords(error, 'misconfigured', /ENOTFOUND.*DESTINATION_SOC_URL/);
  });

  test('TLS: a certificate that is not trusted is a wrong setting; a trusted one delivers', async () => {
    const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    });
    const server = createTlsServer({ key: pem.private, cert: pem.cert }, (request, response) => {
      request.resume().on('end', () => response.writeHead(200, { connection: 'close' }).end());
    });
    const url = `https://localhost:${await listen(server)}/`;
    expectWords(await failureOf(destination(url).deliver(two, calm())), 'misconfigured', /trusted over TLS \(.*CERT/);
    expect(await destination(url, {}, systemClock, pem.cert).deliver(two, calm())).toHaveLength(2);
  });

  test('TLS spoken to a plain port is a wrong setting', async () => {
    const { url } = await receiver(ok);
    const soc = destination(url.replace('http:', 'https:'));
    expectWords(await failureOf(soc.deliver(two, calm())), 'misconfigured', /over TLS/);
  });
});

describe('settings are checked again', () => {
  test.each([
    ['http://example.com/', secret, /DESTINATION_SOC_URL may use http:\/\/ only/],
    ['nonsense', secret, /DESTINATION_SOC_URL must be/],
    ['https://example.com/', 'plain-password', /DESTINATION_SOC_SECRET must be/],
    ['https://example.com/', 'whsec_not base64!', /DESTINATION_SOC_SECRET must be/],
  ])('%s with its secret', (url, one, words) => {
    expect(() => destination(url, { secrets: [one] })).toThrow(words);
  });
});
