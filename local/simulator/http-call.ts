import type { IncomingMessage } from 'node:http';
import { SimulatorError } from './simulator-error.ts';

/** A request, read as far as anybody needs it. */
export interface HttpCall {
  readonly method: string;
  /** The decoded path. */
  readonly path: string;
  /** Query parameters by lower-case name: the service does not care for their letter case. */
  readonly query: ReadonlyMap<string, string>;
  /** Query parameters as they came. */
  readonly parameters: URLSearchParams;
  /** False for a POST without Content-Length and without chunks. */
  readonly hasLength: boolean;
  header(name: string): string | undefined;
  /** The body as text. @throws SimulatorError if it is over 64 MB */
  text(): Promise<string>;
}

const largestBody = 64 * 1024 * 1024;

/** @throws SimulatorError if the path cannot be decoded */
export function readCall(request: IncomingMessage): HttpCall {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const parameters = new URLSearchParams(mark < 0 ? '' : target.slice(mark));
  let path: string;
  try {
    path = decodeURIComponent(mark < 0 ? target : target.slice(0, mark));
  } catch (cause) {
    throw new SimulatorError('The path of the request cannot be decoded; escape each % in it as %25.', { cause });
  }
  return {
    method: request.method ?? 'GET',
    path,
    query: new Map([...parameters].map(([name, value]) => [name.toLowerCase(), value])),
    parameters,
    hasLength: 'content-length' in request.headers || 'transfer-encoding' in request.headers,
    header(name) {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    async text() {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bytes += chunk.byteLength;
        if (bytes > largestBody) throw new SimulatorError('The body of the request is over 64 MB; send it in parts.');
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString();
    },
  };
}
