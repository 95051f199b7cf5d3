import type { Cookie } from '@azure/functions';

/**
 * A cookie of this host alone: its `__Host-` name keeps other hosts from setting it, no script sees it, and another site
 * can send it along only by leading somebody here.
 * @param seconds how long the browser keeps it; 0 makes it forget the cookie at once
 */
export const hostCookie = (name: `__Host-${string}`, value: string, seconds: number): Cookie => ({
  name,
  value,
  httpOnly: true,
  secure: true,
  sameSite: 'Lax',
  path: '/',
  maxAge: seconds,
});

/**
 * Only blanks that RFC 6265 knows are taken off: a browser lets a neighbouring host set a cookie named U+00A0 and then
 * `__Host-…`, and sends it first.
 * @param header the `cookie` header of a request
 */
export const readCookie = (header: string | null, name: `__Host-${string}`): string | undefined =>
  (header ?? '')
    .split(';')
    .map((part) => part.replaceAll(/^[ \t]+|[ \t]+$/g, ''))
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);
