import { RestError } from '@azure/storage-queue';
import type { DequeuedMessageItem } from '@azure/storage-queue';
import { isLost } from './lease.ts';
import { processMessage } from './process-message.ts';
import type { QueueParts } from './process-message.ts';

export interface ListenerParts extends QueueParts {
  /** Resolves when the app can be called. */
  whenReady(signal: AbortSignal): Promise<void>;
}

/**
 * Receives a queue's messages and works on them side by side, at most `batchSize + newBatchThreshold` at once, until
 * aborted; then waits for those in hand. What a message fails with is said, not thrown.
 */
export async function listenToQueue(parts: ListenerParts, signal: AbortSignal): Promise<void> {
  const { settings, timing, clock } = parts;
  const active = new Set<Promise<void>>();
  let pause = timing.pollMs;
  try {
    for (;;) {
      await parts.whenReady(signal);
      while (active.size > settings.newBatchThreshold) await Promise.race(active);
      signal.throwIfAborted();
      const messages = await receive(parts, signal);
      for (const message of messages) {
        const work: Promise<void> = settle(parts, message).finally(() => active.delete(work));
        active.add(work);
      }
      pause = messages.length > 0 ? timing.pollMs : Math.min(pause * 2, timing.idlePollMs);
      if (messages.length === 0) await clock.sleep(pause, signal);
    }
  } catch (error) {
    await Promise.all(active);
    if (!signal.aborted) throw error;
  }
}

async function receive(parts: ListenerParts, signal: AbortSignal): Promise<readonly DequeuedMessageItem[]> {
  const { queue, settings, timing } = parts;
  try {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: settings.batchSize,
      visibilityTimeout: Math.ceil(timing.leaseMs / 1000),
      abortSignal: signal,
    });
    return receivedMessageItems;
  } catch (error) {
    // A queue that does not exist yet is as good as empty.
    if (!signal.aborted && !(error instanceof RestError && error.statusCode === 404)) {
      parts.warn(`Queue '${queue.name}' could not be read (${describe(error)}); it is tried again.`);
    }
    return [];
  }
}

async function settle(parts: ListenerParts, message: DequeuedMessageItem): Promise<void> {
  try {
    await processMessage(parts, message);
  } catch (error) {
    const what = isLost(error)
      ? 'was taken by another'
      : `could not be settled (${describe(error)}) and will come back`;
    parts.warn(`Message ${message.messageId} of queue '${parts.queue.name}' ${what}.`);
  }
}

const describe = (error: unknown): string =>
  error instanceof RestError ? (error.code ?? `status ${String(error.statusCode)}`) : 'no answer';
