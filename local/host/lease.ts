import { RestError } from '@azure/storage-queue';
import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { Clock } from '../../shared/clock.ts';

/** A received message that stays invisible for as long as it is held. */
export interface Lease {
  /** Stops renewing. @returns the receipt that the message is now deleted or changed with */
  release(): Promise<string>;
}

/** The queue no longer knows the message under our receipt: someone else received it, or it is gone. */
export const isLost = (error: unknown): boolean =>
  error instanceof RestError && (error.statusCode === 404 || error.statusCode === 400);

/** Holds a message, renewing its invisibility three times within each lease. */
export function holdMessage(
  queue: QueueClient,
  message: DequeuedMessageItem,
  leaseMs: number,
  clock: Clock,
  warn: (sentence: string) => void,
): Lease {
  const released = new AbortController();
  let receipt = message.popReceipt;

  async function renew(): Promise<void> {
    for (;;) {
      try {
        await clock.sleep(leaseMs / 3, released.signal);
      } catch {
        return;
      }
      try {
        const renewed = await queue.updateMessage(message.messageId, receipt, undefined, Math.ceil(leaseMs / 1000));
        receipt = renewed.popReceipt ?? receipt;
      } catch (error) {
        warn(`Message ${message.messageId} of queue '${queue.name}' could not be held; it may be worked on twice.`);
        if (isLost(error)) return;
      }
    }
  }

  const renewal = renew();
  return {
    async release() {
      released.abort();
      await renewal;
      return receipt;
    },
  };
}
