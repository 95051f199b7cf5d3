import type { ContentQueue } from '../../shared/state/content-queue.ts';
import { checkMessage } from '../../shared/state/message-rules.ts';
import type { Scheduler, SimulatedProcess } from './scheduler.ts';

/** A message in the queue, or in the hands of a worker. */
export interface QueuedMessage {
  readonly id: string;
  readonly text: string;
  readonly poison: boolean;
  readonly dequeueCount: number;
  /** Changes with every delivery; who has an old one can neither delete nor release the message. */
  readonly receipt: number;
  readonly visibleAt: number;
}

/** The queues `content` and `content-poison`, as the platform hands messages out. */
export interface WorldQueue {
  /** @param process who sends */
  forProcess(process: SimulatedProcess): ContentQueue;
  /** Whether a message can be taken now. */
  hasVisible(now: number): boolean;
  /** When the next message becomes visible. */
  nextVisible(now: number): number;
  /** @returns one of those that have been visible longest, invisible for a while from now on */
  take(now: number, choice: number): QueuedMessage | undefined;
  /** The platform says that work on a message goes on. */
  renew(message: QueuedMessage, now: number): void;
  /** @returns whether the receipt was still good */
  remove(message: QueuedMessage): boolean;
  /** Failed: back after five minutes, or, after five tries, poison. */
  failed(message: QueuedMessage, now: number): void;
  /** At-least-once: the message can be taken by another as well. */
  showAgain(message: QueuedMessage, now: number): void;
  clear(): void;
  readonly messages: readonly QueuedMessage[];
}

const minute = 60_000;

/** How long a message that was taken stays invisible, if its worker dies. */
const takenMs = 10 * minute;
const failedMs = 5 * minute;
const mostTries = 5;

/** @param onSent told of each message that is in the queue from then on */
export function createWorldQueue(
  scheduler: () => Scheduler,
  onSent: (process: SimulatedProcess, text: string) => void,
): WorldQueue {
  let messages: QueuedMessage[] = [];
  let count = 0;

  const put = (text: string, poison: boolean, visibleAt: number): void => {
    count += 1;
    messages.push({ id: `m${count}`, text, poison, dequeueCount: 0, receipt: 0, visibleAt });
  };

  const change = (message: QueuedMessage, to: Partial<QueuedMessage>): boolean => {
    const index = messages.findIndex(({ id, receipt }) => id === message.id && receipt === message.receipt);
    const found = messages[index];
    if (found === undefined) return false;
    messages[index] = { ...found, ...to };
    return true;
  };

  const remove = (message: QueuedMessage): boolean => {
    const before = messages.length;
    messages = messages.filter(({ id, receipt }) => id !== message.id || receipt !== message.receipt);
    return messages.length < before;
  };

  return {
    get messages() {
      return messages;
    },
    forProcess: (process) => ({
      send: (text, delaySeconds) =>
        scheduler().step(process, 'queue', `send ${summary(text)} in ${delaySeconds} s`, () => {
          const delay = checkMessage(text, delaySeconds);
          onSent(process, text);
          put(text, false, scheduler().now() + delay * 1000);
        }),
    }),
    hasVisible: (now) => messages.some(({ visibleAt }) => visibleAt <= now),
    nextVisible: (now) =>
      messages.reduce((next, { visibleAt }) => (visibleAt > now ? Math.min(next, visibleAt) : next), Infinity),
    take(now, choice) {
      const visible = messages.filter(({ visibleAt }) => visibleAt <= now).sort((a, b) => a.visibleAt - b.visibleAt);
      // The queue keeps no order, but no message waits for ever either.
      const chosen = visible[Math.floor(choice * Math.min(3, visible.length))];
      if (chosen === undefined) return undefined;
      const taken = {
        ...chosen,
        dequeueCount: chosen.dequeueCount + 1,
        receipt: chosen.receipt + 1,
        visibleAt: now + takenMs,
      };
      change(chosen, taken);
      return taken;
    },
    renew(message, now) {
      change(message, { visibleAt: now + takenMs });
    },
    remove,
    failed(message, now) {
      if (message.dequeueCount < mostTries) {
        change(message, { visibleAt: now + failedMs });
      } else if (remove(message) && !message.poison) {
        // A poison message that fails five times goes to a queue that nobody reads; Close comes last.
        put(message.text, true, now);
      }
    },
    showAgain(message, now) {
      change(message, { visibleAt: now });
    },
    clear() {
      messages = [];
    },
  };
}

/** `c3 c4 #2`: content ids and attempt. */
export function summary(text: string): string {
  const { contents, attempt } = JSON.parse(text) as { contents: { id: string }[]; attempt: number };
  return `${contents.map(({ id }) => id).join(' ')} #${attempt}`;
}
