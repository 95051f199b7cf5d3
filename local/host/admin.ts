import type { IncomingMessage, ServerResponse } from 'node:http';

export interface AdminParts {
  /** The app process's pid; `undefined` while none is ready. */
  pid(): number | undefined;
  /** Starts a timer function once, without waiting for it. `false` if there is no timer of that name. */
  runTimer(name: string): boolean;
  /** How long the host has been up, milliseconds. */
  uptime(): number;
}

/** Answers `GET /admin/host/status` and `POST /admin/functions/<name>`; the latter takes JSON only, as the real host. */
export function answerAdmin(parts: AdminParts, request: IncomingMessage, response: ServerResponse, path: string): void {
  if (request.method === 'GET' && path.toLowerCase() === '/admin/host/status') {
    const pid = parts.pid();
    const state = pid === undefined ? 'Starting' : 'Running';
    const status = { state, processUptime: parts.uptime(), pid: pid ?? null };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(status));
    return;
  }
  const name = /^\/admin\/functions\/([^/]+)$/i.exec(path)?.[1];
  if (request.method !== 'POST' || name === undefined) {
    response.writeHead(404).end();
    return;
  }
  // JSON only: otherwise any web page could start a function with a plain form.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) response.writeHead(415).end();
  else response.writeHead(parts.runTimer(decodeURIComponent(name)) ? 202 : 404).end();
}
