import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { RestError } from '@azure/storage-queue';
import { AppProcessEnded } from './app-errors.ts';
import { holdMessage } from './lease.ts';
import { decodeMessage } from './queue-message.ts';
import type { QueueSettings } from './host-json.ts';
import type { HostTiming } from './timing.ts';
import type { Clock } from '../../shared/clock.ts';

export interface QueueParts {
  readonly queue: QueueClient;
  /** `undefined` for a queue that is itself a poison queue. */
  readonly poison: QueueClient | undefined;
  readonly settings: QueueSettings;
  readonly timing: HostTiming;
  readonly clock: Clock;
  readonly warn: (sentence: string) => void;
  /** @throws InvocationFailed, AppProcessEnded */
  invoke(message: DequeuedMessageItem, text: string): Promise<void>;
}

/**
 * Works on one received message as the real host's queue extension does: deleted after success, back after a pause on
 * failure, moved to the poison queue after the last try. A message whose process died is left alone: it comes back when
 * its lease runs out. Without a poison queue a failed message is left alone too, and after the last try not even invoked
 * (`QueueProcessor.cs`).
 */
export async function processMessage(parts: QueueParts, message: DequeuedMessageItem): Promise<void> {
  const { queue, settings, timing, clock } = parts;
  const { messageId, dequeueCount } = message;
  const text = decodeMessage(message.messageText, settings.messageEncoding);
  if (dequeueCount > settings.maxDequeueCount || text === undefined) {
    await moveToPoison(parts, message, message.popReceipt);
    return;
  }
  const lease = holdMessage(queue, message, timing.leaseMs, clock, parts.warn);
  let outcome: 'done' | 'failed' | 'ended' = 'done';
  try {
    await parts.invoke(message, text);
  } catch (error) {
    outcome = error instanceof AppProcessEnded ? 'ended' : 'failed';
  }
  const receipt = await lease.release();
  if (outcome === 'done') await queue.deleteMessage(messageId, receipt);
  if (outcome !== 'failed' || !parts.poison) return;
  if (dequeueCount >= settings.maxDequeueCount) await moveToPoison(parts, message, receipt);
  else await queue.updateMessage(messageId, receipt, undefined, Math.ceil(timing.failedAfterMs / 1000));
}

async function moveToPoison(parts: QueueParts, message: DequeuedMessageItem, receipt: string): Promise<void> {
  const { queue, poison, settings } = parts;
  if (!poison) return;
  parts.warn(
    `Message has reached MaxDequeueCount of ${settings.maxDequeueCount}. Moving message to queue '${poison.name}'.`,
  );
  const send = () => poison.sendMessage(message.messageText, { messageTimeToLive: -1 });
  try {
    await send();
  } catch (error) {
    if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
    await poison.createIfNotExists();
    await send();
  }
  await queue.deleteMessage(message.messageId, receipt);
}
