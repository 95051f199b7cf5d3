import type { Readable } from 'node:stream';

/** Nothing came for too long. */
export class IdleTimeout extends Error {
  override readonly name = 'IdleTimeout';
  readonly code = 'ETIMEDOUT';
}

/** More came than we are willing to hold. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/**
 * The bytes of a body, read only as fast as they are asked for. Whoever stops early ends the connection. Idle time
 * counts only while bytes are awaited, so a slow consumer is no fault of the server.
 *
 * @throws IdleTimeout, or whatever the connection broke by
 */
export async function* readBody(body: Readable, idleTimeoutMs: number): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    while (true) {
      const timer = setTimeout(() => {
        body.destroy(new IdleTimeout(`no bytes for ${idleTimeoutMs} ms`));
      }, idleTimeoutMs);
      let next: IteratorResult<unknown, unknown>;
      try {
        next = await chunks.next();
      } finally {
        clearTimeout(timer);
      }
      if (next.done === true) return;
      if (next.value instanceof Uint8Array) yield next.value;
    }
  } finally {
    body.destroy();
  }
}

/**
 * Reads a body to its end as text.
 * @param limit bytes after decompression
 * @throws BodyTooLarge
 */
export async function readText(body: Readable, idleTimeoutMs: number, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of readBody(body, idleTimeoutMs)) {
    length += chunk.length;
    if (length > limit) throw new BodyTooLarge(`over ${limit} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
