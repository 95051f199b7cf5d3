/** Where `npm start` writes: lines that stay, and on a terminal one line below them that is written over and over. */
export interface Screen {
  readonly isTerminal: boolean;
  line(text: string): void;
  /** Does nothing unless this is a terminal. */
  live(text: string): void;
}

/** The part of a stream that a screen needs. */
export interface Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const clearLine = '\r\u001B[2K';

export function createScreen(stream: Writable): Screen {
  const isTerminal = stream.isTTY === true;
  let shown = '';
  return {
    isTerminal,
    line(text) {
      stream.write(shown === '' ? `${text}\n` : `${clearLine}${text}\n${shown}`);
    },
    live(text) {
      if (!isTerminal) return;
      const next = text.slice(0, (stream.columns ?? 80) - 1);
      if (shown !== '' || next !== '') stream.write(`${clearLine}${next}`);
      shown = next;
    },
  };
}
