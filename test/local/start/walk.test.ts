import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCookieJar } from '../../../local/start/cookie-jar.ts';
import { findForm } from '../../../local/start/form.ts';
import { walk } from '../../../local/start/walk.ts';

const page = new URL('http://localhost/a/b?c=d');
const { signal } = new AbortController();

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('forms', () => {
  it('are filled with what the page presets, and agreed to', () => {
    const form = findForm(
      `<form id=f METHOD="Post" action='/go?x=1&amp;y=2'>
         <input type="hidden" name="state" value="a&quot;&#39;&#x26;b"><input name=text value=t><input type=submit name=s>
         <input type=checkbox name=off><input type=checkbox name=on checked>
         <select name="who"><option value="1">one<option value="2" selected>two</select>
         <button name="answer" value="cancel">No</button><button name="answer" value="accept">Yes</button></form>`,
      page,
    );
    expect(form?.method).toBe('POST');
    expect(form?.action.href).toBe('http://localhost/go?x=1&y=2');
    expect([...(form?.fields ?? [])]).toEqual([
      ['state', `a"'&b`],
      ['text', 't'],
      ['on', 'on'],
      ['who', '2'],
      ['answer', 'accept'],
    ]);
  });

  it('go back to the page without an action, by GET without a method', () => {
    const form = findForm('<form><select name=a><option value=x></select><button>Go</button></form>', page);
    expect([form?.method, form?.action.href, form?.fields.toString()]).toEqual(['GET', page.href, 'a=x']);
    expect(findForm('<p>no form</p>', page)).toBeUndefined();
  });
});

describe('cookies', () => {
  it('go back to their host and path until they are over', () => {
    const jar = createCookieJar();
    jar.take(page, ['a=1; Path=/a; HttpOnly', 'b=2; path=/other', '__Host-c=3; Secure; Path=/', 'd=4; max-age=0']);
    expect(jar.header(page)).toBe('a=1; __Host-c=3');
    expect(jar.header(new URL('http://localhost/ab'))).toBe('__Host-c=3');
    expect(jar.header(new URL('http://127.0.0.1/a'))).toBe('');
    jar.take(page, ['a=; expires=Thu, 01 Jan 1970 00:00:00 GMT']);
    expect(jar.header(page)).toBe('__Host-c=3');
  });

  it('are refused where a browser would refuse them', () => {
    const jar = createCookieJar();
    jar.take(page, [
      '__Host-a=1; Path=/',
      '__Host-b=1; Secure; Path=/a',
      '__Host-c=1; Secure; Path=/; Domain=localhost',
    ]);
    expect(jar.header(page)).toBe('');
  });
});

describe('a walk', () => {
  it('follows redirects and forms with cookies and origin, and ends where there is nothing to submit', async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      const { method, url: path, headers } = request;
      seen.push([method, path, headers.cookie, headers.origin === undefined ? '' : 'origin'].join(' ').trim());
      if (path === '/') response.writeHead(302, { location: '/form', 'set-cookie': 'a=1; path=/' }).end();
      else if (path === '/form') response.end('<form method=post action=/post><input name=x value=1></form>');
      else if (path === '/post') response.end('<form action=/get><input name=y value=2></form>');
      else response.end('the end');
    });
    const end = await walk(url, signal);
    expect([end.url.href, end.status, end.html]).toEqual([`${url}/get?y=2`, 200, 'the end']);
    expect(seen).toEqual(['GET /', 'GET /form a=1', 'POST /post a=1 origin', 'GET /get?y=2 a=1']);
  });

  it('ends at an error, whatever form it shows', async () => {
    const url = await serve((_, response) => response.writeHead(400).end('<form></form>'));
    expect((await walk(url, signal)).status).toBe(400);
  });

  it('does not go in circles for ever', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
    await expect(walk(url, signal)).rejects.toThrow('it is going in circles');
  });
});
