import type http from 'node:http';
import { onTestFinished } from 'vitest';
import { type Loopback, startLoopback } from './loopback.ts';

/** A loopback server that is closed when the test that asked for it is over. */
export async function serve(answer: http.RequestListener): Promise<Loopback> {
  const loopback = await startLoopback(answer);
  onTestFinished(() => loopback.close());
  return loopback;
}
