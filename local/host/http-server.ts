import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { AppProcessEnded } from './app-errors.ts';
import { BodyTooLarge, readBody } from './read-body.ts';
import { toHttpData } from './http-data.ts';
import { matchRoute } from './routes.ts';
import { writeAnswer } from './write-answer.ts';
import type { HttpData, ReturnValue } from './protocol.ts';
import type { Route } from './routes.ts';

export interface HttpServerParts {
  routes(): readonly Route[];
  /** Answers what the host itself answers, under `/admin`. */
  admin(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** Resolves when the app can be called; rejects after a while. */
  whenReady(): Promise<void>;
  /** @throws InvocationFailed, AppProcessEnded */
  invoke(functionName: string, data: HttpData): Promise<ReturnValue>;
}

/** Serves HTTP functions. Not yet listening. Any `Host` is taken, as by the real host. */
export function createHttpServer(parts: HttpServerParts): Server {
  return createServer((request, response) => {
    serve(parts, request, response).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      response.writeHead(statusFor(error)).end();
    });
  });
}

/** The real host says nothing of an error to the caller; the log has it. */
function statusFor(error: unknown): number {
  return error instanceof AppProcessEnded ? 502 : 500;
}

async function serve(parts: HttpServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const base = `http://${request.headers.host ?? ''}`;
  if (!URL.canParse(request.url ?? '/', base)) {
    response.writeHead(400).end();
    return;
  }
  const url = new URL(request.url ?? '/', base);
  if (/^\/admin(\/|$)/i.test(url.pathname)) {
    request.resume();
    parts.admin(request, response, url.pathname);
    return;
  }
  let body: Buffer | undefined;
  try {
    body = await readBody(request);
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error;
    response.writeHead(413, { connection: 'close' }).end();
    return;
  }
  try {
    await parts.whenReady();
  } catch {
    response.writeHead(503, { 'retry-after': '5' }).end();
    return;
  }
  const match = matchRoute(parts.routes(), request.method ?? 'GET', url.pathname);
  if (!match) {
    response.writeHead(404).end();
    return;
  }
  writeAnswer(response, await parts.invoke(match.functionName, toHttpData(request, url, match.params, body)));
}
