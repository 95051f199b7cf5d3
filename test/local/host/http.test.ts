import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runApp } from './fixture-app.ts';

const echo = `
app.http('echo', {
  methods: ['GET', 'POST'], authLevel: 'function', route: 'echo/{id:int}/{*rest}',
  handler: async (request) => ({ jsonBody: {
    method: request.method, url: request.url, params: request.params,
    query: [...request.query], headers: Object.fromEntries(request.headers), body: await request.text(),
  } }),
});`;

interface Echoed {
  readonly method: string;
  readonly url: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const json = async (response: Response): Promise<Echoed> => (await response.json()) as Echoed;

/** Sends bytes as they are and gives back all that is answered until the server closes. */
const raw = (url: string, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.on('end', () => {
      resolve(answer);
    });
    socket.on('error', reject);
    socket.write(text);
  });

describe('HTTP functions', () => {
  it('hands over what the real host hands over', async () => {
    const app = await runApp(echo);
    const response = await app.fetch('/Echo/12/a%20b/c?x=1&y=3&x=2', {
      method: 'POST',
      headers: { 'X-Thing': 'One', 'x-empty': '' },
      body: 'hello',
    });
    const seen = await json(response);
    expect(response.status).toBe(200);
    expect(seen).toMatchObject({
      method: 'POST',
      url: `${app.host.url}/Echo/12/a%20b/c?x=1&y=3&x=2`,
      params: { id: '12', rest: 'a b/c' },
      query: [
        ['x', '1,2'],
        ['y', '3'],
      ],
      body: 'hello',
    });
    expect(seen.headers['x-thing']).toBe('One');
    expect(seen.headers).not.toHaveProperty('x-empty');
  });

  it('drops bodies of GET and bodies without Content-Length', async () => {
    const app = await runApp(echo);
    const get = await raw(
      app.host.url,
      'GET /echo/1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody',
    );
    expect(get).toContain('"body":""');
    expect((await app.line('Discarding the body')).level).toBe('warning');
    const chunked = await raw(
      app.host.url,
      'POST /echo/1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
    );
    expect(chunked).toContain('"body":""');
  });

  it('answers 404 for another path, constraint or method, 400 for an impossible host, 413 for too much', async () => {
    const app = await runApp(echo);
    expect((await app.fetch('/other')).status).toBe(404);
    expect((await app.fetch('/echo/x')).status).toBe(404);
    expect((await app.fetch('/echo/1', { method: 'DELETE' })).status).toBe(404);
    const close = 'Connection: close\r\n';
    expect(await raw(app.host.url, `GET /echo/1 HTTP/1.1\r\nHost: a b\r\n${close}\r\n`)).toMatch(/^HTTP\/1.1 400/);
    const large = `POST /echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: ${101 * 1024 * 1024}\r\n\r\n`;
    expect(await raw(app.host.url, large)).toMatch(/^HTTP\/1.1 413/);
  });

  it('answers 204 for nothing, 500 without a word for an error or a bare string, and logs the error', async () => {
    const app = await runApp(`
      app.get('nothing', () => undefined);
      app.get('string', () => 'text');
      app.get('throws', () => { throw new TypeError('the reason'); });
      app.get('throws-undefined', () => { throw undefined; });`);
    expect((await app.fetch('/nothing')).status).toBe(204);
    expect((await app.fetch('/throws-undefined')).status).toBe(204);
    expect((await app.fetch('/string')).status).toBe(500);
    const failed = await app.fetch('/throws');
    expect(failed.status).toBe(500);
    expect(await failed.text()).toBe('');
    expect(await app.line('the reason')).toMatchObject({ source: 'host', level: 'error' });
  });

  it('sends several cookies only from the response’s cookies', async () => {
    const app = await runApp(`
      app.get('cookies', () => ({ cookies: [
        { name: '__Host-a', value: 'x=y', path: '/', secure: true, httpOnly: true, sameSite: 'Lax', maxAge: 60 },
        { name: 'b', value: 'z', expires: new Date(0 + 1e12), domain: 'h', path: '/p', sameSite: 'None' } ] }));
      app.get('headers', () => ({ headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }));`);
    expect((await app.fetch('/cookies')).headers.getSetCookie()).toEqual([
      '__Host-a=x%3Dy; max-age=60; path=/; secure; samesite=lax; httponly',
      'b=z; expires=Sun, 09 Sep 2001 01:46:40 GMT; domain=h; path=/p; samesite=none',
    ]);
    expect((await app.fetch('/headers')).headers.getSetCookie()).toEqual(['b=2']);
  });

  it('honours the route prefix and prefers the more specific route', async () => {
    const app = await runApp(
      `app.get('any', { route: 'x/{id}', handler: () => ({ body: 'any' }) });
       app.get('one', { route: 'x/one', handler: () => ({ body: 'one' }) });
       app.get('named', () => ({ status: 201, body: 'named' }));`,
      { hostJson: { version: '2.0', extensions: { http: { routePrefix: 'api' } } } },
    );
    expect(await (await app.fetch('/api/x/one')).text()).toBe('one');
    expect(await (await app.fetch('/api/x/two')).text()).toBe('any');
    expect((await app.fetch('/api/named')).status).toBe(201);
    expect((await app.fetch('/named')).status).toBe(404);
  });
});
