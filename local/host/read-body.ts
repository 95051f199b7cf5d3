import type { IncomingMessage } from 'node:http';

/** The real host's limit for a request body (100 MB). */
export const bodyLimit = 100 * 1024 * 1024;

/** A request body over the limit. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/**
 * Reads a body that Content-Length announced; any other (chunked) is not handed to the app by the real host either.
 * @throws BodyTooLarge before any of it is read, or the transport's error
 */
export async function readBody(request: IncomingMessage, limit = bodyLimit): Promise<Buffer | undefined> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > limit) throw new BodyTooLarge(`The request body is over ${limit} bytes; send a smaller one.`);
  if (!(length > 0)) {
    request.resume();
    return undefined;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
