import { type Batch, parseBatch } from './batch-message.ts';
import { forwardBatch } from './forward-batch.ts';
import { LaterMessage } from './later-message.ts';
import { parkPoison } from './park-poison.ts';
import type { Pipeline } from './pipeline.ts';
import type { Receipt } from './take-contents.ts';

/**
 * One message of the queue `content`.
 * @param message as the worker hands it over: parsed if its text was JSON, else the text
 * @throws StorageError, LaterMessage; the message then comes back by itself, in the latter case perhaps to a worker that
 * can read it
 */
export async function receiveMessage(pipeline: Pipeline, message: unknown, receipt: Receipt): Promise<void> {
  const batch = await readMessage(pipeline, message);
  if (batch instanceof LaterMessage) throw batch;
  if (batch) await forwardBatch(pipeline, batch, receipt);
}

/**
 * One message of the queue `content-poison`: a batch that its queue gave up. One that nobody here could read is let go:
 * its contents stand in the ledger, from where Close queues them again, as a message of this version.
 * @throws StorageError
 */
export async function receivePoison(pipeline: Pipeline, message: unknown): Promise<void> {
  const batch = await readMessage(pipeline, message);
  if (batch instanceof LaterMessage) pipeline.log.warn('later-message-let-go', { error: batch.message });
  else if (batch) await parkPoison(pipeline, batch);
}

/** A malformed message is parked with its text and the reason; trying it again would help nobody. */
async function readMessage(
  { malformed, clock, log }: Pipeline,
  message: unknown,
): Promise<Batch | LaterMessage | undefined> {
  const parsed = parseBatch(message);
  if ('batch' in parsed) return parsed.batch;
  if ('later' in parsed) return new LaterMessage(parsed.later);
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  await malformed.park({ text, reason: parsed.wrong }, clock.now());
  log.error('message-malformed', { reason: parsed.wrong });
  return undefined;
}
