import { once } from 'node:events';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ActivityApi } from '../../../shared/activity-api/activity-api.ts';
import { rejection } from '../../support/rejection.ts';
import { apiAt, collect, failure, never, publisherId, root, send, tenant } from './loopback.ts';
import { serve } from './serve.ts';

/** Resolves when the socket is closed, by whatever. */
const closeOf = (socket: net.Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve();
    });
  });

const path = `${root}/audit/2026$2027$audit_exchange$Audit_Exchange$na0014`;
const fetchText = async (api: ActivityApi, uri: string): Promise<string> =>
  Buffer.concat(await collect(await api.fetchContent(tenant, uri, never))).toString();

describe('fetchContent', () => {
  it('asks for the address as it is written, with token and PublisherIdentifier', async () => {
    const loopback = await serve((_request, response) => {
      send(response, 200, '[{"Id":"1"}]', { 'content-type': 'application/octet-stream' });
    });
    expect(await fetchText(apiAt(loopback.url), loopback.url + path)).toBe('[{"Id":"1"}]');
    expect(loopback.requests).toMatchObject([
      { url: `${path}?PublisherIdentifier=${publisherId}`, headers: { authorization: 'Bearer token-1' } },
    ]);
  });

  it('gives the bytes as they were written', async () => {
    const body = '\r\n [ {"Id":"\\ud83d\\ude00","n":12345678901234567890 ,"text":"ä😀\\u2028"} ]\n';
    const loopback = await serve((_request, response) => {
      send(response, 200, body);
    });
    expect(await fetchText(apiAt(loopback.url), loopback.url + path)).toBe(body);
  });

  it.each(['', '[]', ' {"Id":"1"} ', '{"Id":"1","error":{"code":"AF429","message":"a record"}}', '\ufeff[]'])(
    'takes %j for a content',
    async (body) => {
      const loopback = await serve((_request, response) => {
        send(response, 200, body);
      });
      expect(await fetchText(apiAt(loopback.url), loopback.url + path)).toBe(body);
    },
  );

  it('takes a long object for a content, in however many pieces it comes', async () => {
    const body = `{"error":{"code":"AF429","message":"${'x'.repeat(300_000)}"}}`;
    const loopback = await serve((_request, response) => {
      response.writeHead(200);
      for (let at = 0; at < body.length; at += 10_000) response.write(body.slice(at, at + 10_000));
      response.end();
    });
    expect(await fetchText(apiAt(loopback.url), loopback.url + path)).toBe(body);
  });

  it.each([
    ['throttled', JSON.stringify(failure('AF429'))],
    ['content-expired', `\n ${JSON.stringify(failure('AF20051'))}\n`],
    ['rejected', JSON.stringify(failure('AF29999'))],
    ['server-failed', '{"Message":"An error has occurred."}'],
    ['server-failed', '\ufeff\r\n<!DOCTYPE html><html></html>'],
  ])('says %s of an error that came with status 200', async (kind, body) => {
    const loopback = await serve((_request, response) => {
      send(response, 200, body);
    });
    expect(await rejection(fetchText(apiAt(loopback.url), loopback.url + path))).toMatchObject({ kind, status: 200 });
  });

  it.each([
    ['content-expired', 400, failure('AF20051')],
    ['content-unknown', 404, failure('AF20050')],
    ['throttled', 403, failure('AF429', 'Too many requests. Method=GetBlob, PublisherId=x')],
    ['rejected', 206, '[]'],
    ['rejected', 204, ''],
  ])('is refused as %s by the answer %i %j', async (kind, status, body) => {
    const loopback = await serve((_request, response) => {
      send(response, status, body);
    });
    expect(await rejection(fetchText(apiAt(loopback.url), loopback.url + path))).toMatchObject({ kind, status });
  });

  it('sends nothing to a foreign address', async () => {
    const elsewhere = await serve((_request, response) => {
      send(response, 200, '[]');
    });
    const error = await rejection(fetchText(apiAt('http://127.0.0.1:1'), elsewhere.url + path));
    expect(error).toMatchObject({ kind: 'address-refused' });
    expect(elsewhere.requests).toHaveLength(0);
  });

  it('decompresses', async () => {
    const body = JSON.stringify(Array.from({ length: 10_000 }, (_, index) => ({ Id: index })));
    const loopback = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toContain('gzip');
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(body));
    });
    expect(await fetchText(apiAt(loopback.url), loopback.url + path)).toBe(body);
  });

  it('uses a connection again once a body was read to its end', async () => {
    const loopback = await serve((_request, response) => {
      send(response, loopback.requests.length % 2 === 0 ? 400 : 200, '[]');
    });
    const api = apiAt(loopback.url);
    for (let count = 0; count < 6; count += 1) await fetchText(api, loopback.url + path).catch(() => undefined);
    expect(loopback.requests).toHaveLength(6);
    expect(loopback.sockets()).toBe(1);
  });

  it.each(['fewer bytes than Content-Length', 'no last chunk', 'cut gzip'])(
    'throws while iterating on %s',
    async (how) => {
      const loopback = await serve((_request, response) => {
        if (how === 'cut gzip') {
          response.writeHead(200, { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' });
          response.write(gzipSync('[1,2,3]'.repeat(1000)).subarray(0, 15));
        } else {
          response.writeHead(200, how === 'no last chunk' ? {} : { 'content-length': '100' });
          response.write('[{"Id":"1"},');
        }
        setImmediate(() => response.socket?.end());
      });
      const error = await rejection(fetchText(apiAt(loopback.url), loopback.url + path));
      expect(error).toMatchObject({ name: 'ActivityApiError', kind: 'unreachable' });
    },
  );

  it('throws while iterating when the connection is reset, after the bytes that came', async () => {
    const loopback = await serve((_request, response) => {
      response.writeHead(200);
      response.write('[{"Id":"1"},');
    });
    const bytes = await apiAt(loopback.url).fetchContent(tenant, loopback.url + path, never);
    let text = '';
    const reading = (async () => {
      for await (const chunk of bytes) {
        text += Buffer.from(chunk).toString();
        loopback.server.closeAllConnections();
      }
    })();
    expect(await rejection(reading)).toMatchObject({ name: 'ActivityApiError', kind: 'unreachable' });
    expect(text).toBe('[{"Id":"1"},');
  });

  it('throws while iterating when nothing arrives for too long, and ends the connection', async () => {
    let closed: Promise<unknown> | undefined;
    const loopback = await serve((request, response) => {
      closed = closeOf(request.socket);
      response.writeHead(200);
      response.write('[');
    });
    const error = await rejection(fetchText(apiAt(loopback.url, { idleTimeoutMs: 50 }), loopback.url + path));
    expect(error).toMatchObject({ kind: 'unreachable', timedOut: true });
    expect(String(error)).toContain('ETIMEDOUT');
    await closed;
  });

  it('counts no idle time while its consumer is busy', async () => {
    const loopback = await serve((_request, response) => {
      send(response, 200, `[${' '.repeat(5_000_000)}]`);
    });
    const bytes = await apiAt(loopback.url, { idleTimeoutMs: 1000 }).fetchContent(tenant, loopback.url + path, never);
    let length = 0;
    for await (const chunk of bytes) {
      // Longer than the idle time-out, once: the time is what is tested here.
      if (length === 0) await new Promise((resolve) => setTimeout(resolve, 1500));
      length += chunk.length;
    }
    expect(length).toBe(5_000_002);
  });

  it('reads no further than its consumer, and ends the connection when that stops', async () => {
    let written = 0;
    let closed: Promise<unknown> | undefined;
    const piece = Buffer.alloc(1 << 20, ' ');
    const loopback = await serve((request, response) => {
      closed = closeOf(request.socket);
      response.writeHead(200);
      const more = (): void => {
        while (written < 1 << 30 && !response.destroyed) {
          written += piece.length;
          if (!response.write(piece)) break;
        }
      };
      response.on('drain', more);
      more();
    });
    const bytes = await apiAt(loopback.url).fetchContent(tenant, loopback.url + path, never);
    let before = -1;
    for await (const chunk of bytes) {
      expect(chunk.length).toBeGreaterThan(0);
      // What the sockets' buffers swallow is a few MB; wait until the server cannot write any more.
      while (written !== before) {
        before = written;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      break;
    }
    expect(written).toBeLessThan(64 << 20);
    await closed;
  });

  it('ends with the reason of its signal while iterating, and before anybody iterates', async () => {
    const reason = new Error('enough');
    const closed: Promise<unknown>[] = [];
    const loopback = await serve((request, response) => {
      closed.push(closeOf(request.socket));
      response.writeHead(200);
      response.write('[');
    });
    const api = apiAt(loopback.url);
    for (const when of ['while', 'before']) {
      const controller = new AbortController();
      const bytes = await api.fetchContent(tenant, loopback.url + path, controller.signal);
      if (when === 'before') controller.abort(reason);
      const reading = (async () => {
        for await (const chunk of bytes) {
          expect(chunk.length).toBe(1);
          controller.abort(reason);
        }
      })();
      expect(await rejection(reading)).toBe(reason);
    }
    await Promise.all(closed);
    expect(closed).toHaveLength(2);
  });

  it('gives up on a connection that is never made', async () => {
    // A server that takes the connection but never speaks TLS.
    const silent = net.createServer();
    const sockets: net.Socket[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `https://127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
    const api = apiAt(url, { connectTimeoutMs: 50, idleTimeoutMs: 60_000 });
    expect(await rejection(fetchText(api, url + path))).toMatchObject({ kind: 'unreachable' });
    for (const socket of sockets) socket.destroy();
    silent.close();
    await once(silent, 'close');
  });
});
