import type { Cookie, HttpResponseInit } from '@azure/functions';

/** Leads the browser on with a GET; nobody learns where it came from. */
export const seeOther = (location: string, ...cookies: Cookie[]): HttpResponseInit => ({
  status: 303,
  headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  cookies,
});
