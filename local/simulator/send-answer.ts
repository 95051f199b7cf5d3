import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { SwitchValue } from './switch-table.ts';

/** Over how the headers of an answer look. */
export interface Manner {
  /** Milliseconds since the epoch, for the Date header. */
  readonly date: number;
  readonly headerNames: SwitchValue<'header-names'>;
}

const written: Readonly<Record<Manner['headerNames'], (name: string) => string>> = {
  'as-written': (name) => name,
  lower: (name) => name.toLowerCase(),
  upper: (name) => name.toUpperCase(),
  capitalized: (name) => name.slice(0, 1).toUpperCase() + name.slice(1).toLowerCase(),
};

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });

/**
 * Writes an answer, no faster than the other side reads. Resolves when all is written or the other side is gone.
 */
export async function sendAnswer(response: ServerResponse, answer: Answer, manner: Manner): Promise<void> {
  if (answer.end === 'hang') return;
  if (answer.end === 'drop') {
    response.destroy();
    return;
  }
  const { body = '' } = answer;
  const length =
    typeof body === 'string' ? Buffer.byteLength(body) : Buffer.isBuffer(body) ? body.byteLength : body.length;
  const headers: Record<string, string> = { ...answer.headers, Date: new Date(manner.date).toUTCString() };
  if (length !== undefined) headers['Content-Length'] = String(length);
  const named = Object.entries(headers)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [written[manner.headerNames](name), value] as const);
  response.sendDate = false;
  response.writeHead(answer.status, Object.fromEntries(named));

  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    response.end(body);
    return;
  }
  for await (const chunk of body.chunks) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response);
  }
  if (answer.end === 'stall') return;
  if (answer.end === 'reset') {
    // Let what was written leave first, so that the other side sees a body that stops and not one that never began.
    await new Promise((resolve) => response.write('', resolve));
    response.destroy();
  } else {
    response.end();
  }
}
