import {
  type Cookie,
  type HttpHandler,
  HttpRequest,
  type HttpResponseInit,
  InvocationContext,
  type Timer,
} from '@azure/functions';

import { publicUrl } from './relay-environment.ts';

export interface Call {
  readonly method?: string;
  /** Path and query; the query becomes the map that the host gives. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly cookies: readonly Cookie[];
  readonly body: unknown;
  readonly text: string;
  /** What was logged meanwhile. */
  readonly log: readonly string[];
}

/** What the host hands to a function that its timer starts. */
export const timer: Timer = {
  isPastDue: false,
  schedule: { adjustForDST: true },
  scheduleStatus: { last: '', next: '', lastUpdated: '' },
};

/** A context as the worker makes one, which notes what is logged. */
export function newContext(
  functionName: string,
  triggerMetadata: Record<string, unknown> = {},
): { context: InvocationContext; log: string[] } {
  const log: string[] = [];
  const logHandler = (_level: unknown, ...parts: unknown[]): void => {
    log.push(parts.map(String).join(' '));
  };
  return { context: new InvocationContext({ functionName, logHandler, triggerMetadata }), log };
}

/** Calls an HTTP function as the worker does: query only from the map, body as bytes, lower-case headers. */
export async function call(
  handler: HttpHandler,
  { method = 'GET', path, params, headers, body }: Call,
): Promise<Answer> {
  const url = new URL(path, publicUrl);
  const request = new HttpRequest({
    method,
    url: `${url.origin}${url.pathname}${url.search}`,
    headers: { host: url.host, ...headers },
    query: Object.fromEntries(url.searchParams),
    params: { ...params },
    ...(body === undefined ? {} : { body: { bytes: Buffer.from(body) } }),
  });
  const { context, log } = newContext('under-test');
  const answer = (await handler(request, context)) as HttpResponseInit;
  const text =
    answer.jsonBody === undefined ? await new Response(answer.body as string).text() : JSON.stringify(answer.jsonBody);
  return {
    status: answer.status ?? 200,
    headers: new Headers(answer.headers),
    cookies: answer.cookies ?? [],
    body: answer.jsonBody,
    text,
    log,
  };
}

/** A call of `/api` with a JSON body. */
export const postJson = (
  handler: HttpHandler,
  path: string,
  body: unknown,
  params: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  call(handler, {
    method: 'POST',
    path,
    params,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** The one form that all refusals of `/api` have. */
export function refusalOf(answer: Answer): { code: string; message: string } {
  const { error, ...more } = answer.body as { error: { code: string; message: string } };
  const { code, message, ...others } = error;
  if (Object.keys(more).length > 0 || Object.keys(others).length > 0) throw new Error('more than the error form');
  if (!/^[a-z0-9_]+$/.test(code) || !/^["A-Z].*\.$/.test(message))
    throw new Error(`not a sentence: ${code} ${message}`);
  return { code, message };
}
