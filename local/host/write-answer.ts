import type { ServerResponse } from 'node:http';
import { toSetCookie } from './set-cookie.ts';
import type { PlainData, ReturnValue } from './protocol.ts';

/** Headers that are the connection's business, not the app's. */
const ours = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

/** Writes what an HTTP function returned; nothing returned is 204. @throws TypeError if it is no HTTP answer */
export function writeAnswer(response: ServerResponse, value: ReturnValue): void {
  if (value === undefined || value === null) {
    response.writeHead(204).end();
    return;
  }
  if (!value.http) throw new TypeError('The function did not return an HTTP response.');
  const { statusCode, headers, cookies, body } = value.http;
  for (const [name, text] of Object.entries(headers ?? {})) if (!ours.has(name)) response.setHeader(name, text);
  for (const cookie of cookies ?? []) response.appendHeader('set-cookie', toSetCookie(cookie));
  response.statusCode = Number(statusCode);
  response.end(toBytes(body));
}

const toBytes = (body: PlainData | null | undefined): Uint8Array | string =>
  body?.bytes ?? body?.string ?? body?.json ?? '';
