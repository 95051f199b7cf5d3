import { type Batch, parseBatch } from './batch-message.ts';
import { forwardBatch } from './forward-batch.ts';
import { parkPoison } from './park-poison.ts';
import type { Pipeline } from './pipeline.ts';
import type { Receipt } from './take-contents.ts';

/**
 * One message of the queue `content`.
 * @param message as the worker hands it over: parsed if its text was JSON, else the text
 * @throws StorageError; the message then comes back by itself
 */
export async function receiveMessage(pipeline: Pipeline, message: unknown, receipt: Receipt): Promise<void> {
  const batch = await readMessage(pipeline, message);
  if (batch) await forwardBatch(pipeline, batch, receipt);
}

/** One message of the queue `content-poison`: a batch that its queue gave up. @throws StorageError */
export async function receivePoison(pipeline: Pipeline, message: unknown): Promise<void> {
  const batch = await readMessage(pipeline, message);
  if (batch) await parkPoison(pipeline, batch);
}

/** A malformed message is parked with its text and the reason; trying it again would help nobody. */
async function readMessage({ malformed, clock, log }: Pipeline, message: unknown): Promise<Batch | undefined> {
  const parsed = parseBatch(message);
  if ('batch' in parsed) return parsed.batch;
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  await malformed.park({ text, reason: parsed.wrong }, clock.now());
  log.error('message-malformed', { reason: parsed.wrong });
  return undefined;
}
