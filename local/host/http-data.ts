import type { IncomingMessage } from 'node:http';
import type { HttpData, NullableMap } from './protocol.ts';

/**
 * A request as the app will see it. Repeated query keys and headers are joined with a comma, headers without a value
 * left out, and a body is taken only if Content-Length announced one.
 * @param url absolute
 */
export function toHttpData(
  request: IncomingMessage,
  url: URL,
  params: Readonly<Record<string, string>>,
  body: Uint8Array | undefined,
): HttpData {
  const query: Record<string, string[]> = {};
  for (const [key, value] of url.searchParams) (query[key] ??= []).push(value);
  const headers = Object.entries(request.headersDistinct).map(([name, values = []]): [string, string[]] => [
    name.toLowerCase(),
    name.toLowerCase() === 'cookie' ? [values.join('; ')] : values,
  ]);
  return {
    url: url.href,
    method: request.method ?? 'GET',
    nullableHeaders: toNullableMap(headers.filter(([, values]) => values.join('') !== '')),
    nullableQuery: toNullableMap(Object.entries(query)),
    nullableParams: toNullableMap(Object.entries(params).map(([name, value]) => [name, [value]])),
    ...(body === undefined ? {} : { body: { bytes: body } }),
  };
}

const toNullableMap = (entries: readonly (readonly [string, readonly string[]])[]): NullableMap =>
  Object.fromEntries(entries.map(([name, values]) => [name, { value: values.join(',') }]));
