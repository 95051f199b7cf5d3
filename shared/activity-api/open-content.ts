import type { Readable } from 'node:stream';
import { parseErrorBody } from './error-body.ts';
import { readBody } from './read-body.ts';

/** Longer than any error, far shorter than it would take to hurt. */
const peekLimit = 65_536;

const brace = 0x7b;
const angle = 0x3c;

/** What a body turned out to be: a content, the text of an error, or a page of whatever stands before the API. */
export type OpenedContent =
  | { readonly kind: 'content'; readonly bytes: AsyncIterable<Uint8Array> }
  | { readonly kind: 'error'; readonly error: string }
  | { readonly kind: 'page' };

/**
 * Opens the body of a content. A content is an array (or, as some have seen, one object); an error that came with a
 * status of success is an object as well, so one that begins like an object is read up to a bound before it is trusted.
 *
 * @throws whatever the connection broke by, here or while iterating
 */
export async function openContent(body: Readable, idleTimeoutMs: number): Promise<OpenedContent> {
  const chunks = readBody(body, idleTimeoutMs);
  const first: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  while (length <= peekLimit && (firstByte(first) ?? brace) === brace) {
    const next = await chunks.next();
    if (next.done === true) {
      ended = true;
      break;
    }
    first.push(next.value);
    length += next.value.length;
  }
  if (firstByte(first) === angle) {
    await chunks.return();
    return { kind: 'page' };
  }
  const text = ended ? Buffer.concat(first).toString('utf8') : '';
  if (isError(text)) return { kind: 'error', error: text };
  return { kind: 'content', bytes: resume(first, chunks) };
}

/** The first byte that counts, if it has come. */
function firstByte(chunks: readonly Uint8Array[]): number | undefined {
  for (const chunk of chunks) for (const byte of chunk) if (!isSpace(byte)) return byte;
  return undefined;
}

/** White space of JSON, and the three bytes of a byte-order mark. */
const isSpace = (byte: number): boolean =>
  byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xef || byte === 0xbb || byte === 0xbf;

/** An object that holds nothing but the error: a record has other keys. */
function isError(text: string): boolean {
  if (parseErrorBody(text) === undefined) return false;
  const json: unknown = JSON.parse(text);
  return typeof json === 'object' && json !== null && Object.keys(json).length === 1;
}

async function* resume(
  first: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* first;
    yield* rest;
  } finally {
    await rest.return();
  }
}
