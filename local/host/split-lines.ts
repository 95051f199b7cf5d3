import type { Readable } from 'node:stream';

/** A line longer than this is passed on in pieces, so that output without line breaks cannot fill the memory. */
const longestLine = 64 * 1024;

/** Calls `take` with every line of a stream of text, and with what is left at its end. */
export function splitLines(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') take(line);
    if (rest.length > longestLine) {
      take(rest);
      rest = '';
    }
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
  stream.on('error', () => undefined);
}
