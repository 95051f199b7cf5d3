import { listCycle } from '../../../shared/pipeline/list-cycle.ts';
import { receiveMessage } from '../../../shared/pipeline/receive-message.ts';
import type { TestPipeline } from '../../support/test-pipeline.ts';
import { finish } from './forwarding.ts';

/** Messages that were received by `runFor` so far. */
export interface Received {
  messages: number;
}

/** Runs list cycles and forwards what is visible in between, for so long; a message is received once. */
export async function runFor(
  pipeline: TestPipeline,
  duration: number,
  { every, received = { messages: 0 } }: { every: number; received?: Received },
): Promise<void> {
  const { clock, queue } = pipeline;
  const end = clock.now() + duration;
  while (clock.now() < end) {
    const next = clock.now() + every;
    await finish(clock, listCycle(pipeline));
    for (let message = queue.take(); message !== undefined; message = queue.take()) {
      received.messages += 1;
      const receipt = { messageId: `m${received.messages}`, dequeueCount: 1 };
      await finish(clock, receiveMessage(pipeline, JSON.parse(message.text) as unknown, receipt));
    }
    clock.advance(Math.max(0, next - clock.now()));
  }
}
