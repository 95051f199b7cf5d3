import type { Answer } from './answer.ts';
import type { Body, Content } from './body.ts';
import { guidFrom } from './guid.ts';
import { createPretty } from './pretty-chunks.ts';
import { switchedBody } from './record-switches.ts';
import type { Simulation } from './simulation.ts';

type Chunks = Body['chunks'];

async function* each(chunks: Chunks, change: (chunk: Buffer) => Buffer): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield change(chunk);
}

async function* upTo(chunks: Chunks, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (left <= 0) return;
    yield chunk.subarray(0, left);
    left -= chunk.byteLength;
  }
}

async function* around(first: string, chunks: Chunks, last: string): AsyncGenerator<Buffer> {
  if (first !== '') yield Buffer.from(first);
  yield* chunks;
  if (last !== '') yield Buffer.from(last);
}

async function* without(chunks: Chunks, from: number, to: number): AsyncGenerator<Buffer> {
  let place = 0;
  for await (const chunk of chunks) {
    yield chunk.subarray(Math.max(0, from - place), Math.max(0, to - place));
    place += chunk.byteLength;
  }
}

/** Makes the first record name another tenant; its length stays. */
function createForeign(): (chunk: Buffer) => Buffer {
  let done = false;
  return (chunk) => {
    const found = done ? null : /"OrganizationId"\s*:\s*"(?=[^"]{36}")/.exec(chunk.toString('latin1'));
    if (found === null) return chunk;
    done = true;
    const changed = Buffer.from(chunk);
    changed.write(guidFrom('another organization'), found.index + found[0].length, 'latin1');
    return changed;
  };
}

/** The answer with a content's body, as the switches want it. */
export async function bodyAnswer(simulation: Simulation, content: Content): Promise<Answer> {
  const { switches } = simulation;
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  const body = await switchedBody(simulation, content);
  let chunks = body.chunks;
  let length: number | undefined = body.length;
  if (switches.get('foreign-organization-id', content)) chunks = each(chunks, createForeign());
  if (switches.get('body-object', content) && content.records === 1) {
    chunks = without(chunks, 1, length - 1);
    length -= 2;
  }
  if (switches.get('pretty-printed', content)) {
    chunks = each(chunks, createPretty());
    length = undefined;
  }
  const invalid = switches.get('invalid-json', content);
  if (invalid !== null && switches.draw('invalid-json', content.id, invalid.times)) {
    chunks = invalid.where === 'end' ? around('', chunks, '}') : around('[}', chunks, '');
    length = undefined;
  }
  const truncated = switches.get('truncated-body', content);
  if (truncated !== null && switches.draw('truncated-body', content.id, truncated.times)) {
    const half = upTo(chunks, Math.floor(body.length / 2));
    if (truncated.how === 'clean') return { status: 200, headers, body: { chunks: half, length: undefined } };
    return { status: 200, headers, body: { chunks: half, length }, end: truncated.how };
  }
  return { status: 200, headers, body: { chunks, length } };
}
