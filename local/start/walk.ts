import { createCookieJar } from './cookie-jar.ts';
import { findForm } from './form.ts';

/** A page that a walk came to rest on. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

/** Redirects and forms of one consent are about eight; more is a circle. */
const mostSteps = 30;

/**
 * Opens an address and goes on as a person in a browser of their own would: follows redirects, keeps cookies, submits
 * the form of each page. Ends at a page without a form, or with an error.
 * @throws Error if the walk goes in circles, or a request fails
 */
export async function walk(start: string, signal: AbortSignal): Promise<Page> {
  const jar = createCookieJar();
  let url = new URL(start);
  let request: Pick<RequestInit, 'method' | 'body'> = {};
  let headers = new Headers();
  for (let step = 0; step < mostSteps; step += 1) {
    headers.set('accept', 'text/html');
    const cookie = jar.header(url);
    if (cookie !== '') headers.set('cookie', cookie);
    const response = await fetch(url, { ...request, headers, redirect: 'manual', signal });
    jar.take(url, response.headers.getSetCookie());
    const html = await response.text();
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      url = new URL(location, url);
      request = {};
      headers = new Headers();
      continue;
    }
    const form = response.ok ? findForm(html, url) : undefined;
    if (!form) return { url, status: response.status, html };
    headers = new Headers({ referer: url.href });
    url = new URL(form.action);
    if (form.method === 'POST') {
      headers.set('origin', new URL(headers.get('referer') ?? url).origin);
      request = { method: 'POST', body: form.fields };
    } else {
      url.search = form.fields.toString();
      request = {};
    }
  }
  throw new Error(`The walk from ${new URL(start).pathname} went on for ${mostSteps} pages; it is going in circles.`);
}
