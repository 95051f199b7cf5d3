import type { Clock } from '../../shared/clock.ts';
import type { ContentQueue } from '../../shared/state/content-queue.ts';
import { checkMessage } from '../../shared/state/message-rules.ts';

export interface MemoryMessage {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly visibleAt: number;
}

export interface MemoryQueue extends ContentQueue {
  /** All messages, the invisible ones too, in the order in which they were sent. */
  readonly messages: readonly MemoryMessage[];
  /** Removes and returns the message that has been visible longest; `undefined` if none is visible now. */
  take: () => MemoryMessage | undefined;
}

/** A queue in memory, with its time from `clock`. Messages do not come back by themselves: what is taken is gone. */
export function createMemoryQueue(clock: Clock): MemoryQueue {
  const messages: MemoryMessage[] = [];
  return {
    messages,
    send: (text, delaySeconds) =>
      Promise.resolve().then(() => {
        const delay = checkMessage(text, delaySeconds);
        messages.push({ text, visibleAt: clock.now() + delay * 1000 });
      }),
    take() {
      const now = clock.now();
      const [first] = messages.filter(({ visibleAt }) => visibleAt <= now).sort((a, b) => a.visibleAt - b.visibleAt);
      if (first) messages.splice(messages.indexOf(first), 1);
      return first;
    },
  };
}
