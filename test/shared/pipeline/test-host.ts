import { receiveMessage, receivePoison } from '../../../shared/pipeline/receive-message.ts';
import type { Pipeline } from '../../../shared/pipeline/pipeline.ts';
import type { TestPipeline } from '../../support/test-pipeline.ts';
import { finish, wake } from './forwarding.ts';

interface Message {
  readonly text: string;
  readonly id: string;
  readonly poison: boolean;
  dequeueCount: number;
  visibleAt: number;
}

/** How the platform hands out messages: a failed one is back after five minutes, after five tries it is poison. */
export interface TestHost {
  /**
   * Delivers what is visible, and moves the clock to what comes next, until no message is left and nothing waits. Of Close
   * it does only what concerns those.
   */
  drain(): Promise<void>;
  /** Errors of handlers, in order. */
  readonly errors: unknown[];
}

const failedMs = 5 * 60_000;
const closeMs = 2 * 60_000;
const mostTries = 5;
const mostDeliveries = 500;

/** @param receiver the pipeline that works, if something stands between it and the test's */
export function createTestHost(pipeline: TestPipeline, receiver: Pipeline = pipeline): TestHost {
  const { clock, queue } = pipeline;
  const messages: Message[] = [];
  const errors: unknown[] = [];
  let count = 0;

  const collect = (): void => {
    for (const { text, visibleAt } of (queue.messages as { text: string; visibleAt: number }[]).splice(0)) {
      messages.push({ text, id: `m${(count += 1)}`, poison: false, dequeueCount: 0, visibleAt });
    }
  };

  const deliver = async (message: Message): Promise<void> => {
    const { text, id, poison } = message;
    message.dequeueCount += 1;
    try {
      const parsed = JSON.parse(text) as unknown;
      const receipt = { messageId: id, dequeueCount: message.dequeueCount };
      await finish(clock, poison ? receivePoison(receiver, parsed) : receiveMessage(receiver, parsed, receipt));
    } catch (error) {
      errors.push(error);
      if (message.dequeueCount < mostTries) {
        message.visibleAt = clock.now() + failedMs;
        return;
      }
      if (poison) throw new Error('A poison message failed five times and would be gone.', { cause: error });
      messages.push({ text, id: `m${(count += 1)}`, poison: true, dequeueCount: 0, visibleAt: clock.now() });
    }
    messages.splice(messages.indexOf(message), 1);
  };

  return {
    errors,
    async drain() {
      for (let deliveries = 0; deliveries < mostDeliveries; deliveries += 1) {
        collect();
        const [next] = messages.sort((a, b) => a.visibleAt - b.visibleAt);
        if (next === undefined) {
          if ((await wake(pipeline)) === 0) return;
          clock.advance(closeMs);
          continue;
        }
        clock.advance(Math.max(0, next.visibleAt - clock.now()));
        await deliver(next);
      }
      throw new Error(`The queue is not empty after ${mostDeliveries} deliveries.`);
    },
  };
}
