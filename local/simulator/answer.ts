/** A body that is made while it is sent. */
export interface BodyStream {
  readonly chunks: Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Bytes, if known beforehand; else the answer is chunked. */
  readonly length: number | undefined;
}

/** What the simulator says to one request. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | BodyStream;
  /**
   * `hang`: nothing is ever sent. `drop`: the connection is broken at once. `reset`: it is broken after the body.
   * `stall`: after the body nothing happens any more.
   */
  readonly end?: 'hang' | 'drop' | 'reset' | 'stall';
}

/** An answer of JSON as the service sends it. */
export const jsonAnswer = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

export const htmlAnswer = (status: number, body: string): Answer => ({
  status,
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  },
  body,
});

export const redirectAnswer = (location: string): Answer => ({
  status: 302,
  headers: { Location: location, 'Cache-Control': 'no-store' },
  body: '',
});
