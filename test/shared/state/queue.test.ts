import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAzureQueue } from '../../../shared/state/azure-queue.ts';
import type { ContentQueue } from '../../../shared/state/content-queue.ts';
import { StorageError } from '../../../shared/state/table.ts';
import { createMemoryQueue } from '../../support/memory-queue.ts';
import { startTestStorage, type TestStorage } from '../../support/storage-emulator.ts';

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(() => storage.close());

let count = 0;

interface QueueUnderTest {
  readonly queue: ContentQueue;
  /** Takes the first visible message. */
  readonly take: () => Promise<string | undefined>;
}

function onAzurite(): QueueUnderTest {
  const name = `queue-${++count}`;
  const client = storage.clients.queues.getQueueClient(name);
  return {
    queue: createAzureQueue(storage.clients, name),
    async take() {
      const [message] = (await client.receiveMessages()).receivedMessageItems;
      if (message) await client.deleteMessage(message.messageId, message.popReceipt);
      return message?.messageText;
    },
  };
}

function inMemory(): QueueUnderTest {
  const queue = createMemoryQueue({ now: () => 1000, sleep: () => Promise.resolve() });
  return { queue, take: () => Promise.resolve(queue.take()?.text) };
}

describe.each([
  ['Queue Storage (Azurite)', onAzurite],
  ['memory', inMemory],
])('queue in %s', (_name, create) => {
  it.each([
    ['JSON', '{"v":1,"contents":[{"id":"a$b","uri":"https://x/y?a=1&b=<2>"}]}'],
    ['quotes and XML', `"'&amp;]]><!-- -->`],
    ['white space', ' \t{\n  "a": 1 } '],
    ['characters of all planes', 'é漢😀\u0085\u2028\ufffd'],
    ['48 kB', 'é'.repeat(24 * 1024)],
    ['what grows when escaped', '&'.repeat(48 * 1024)],
  ])('carries %s as it is', async (_what, text) => {
    const { queue, take } = create();
    await queue.send(text, 0);
    expect(await take()).toBe(text);
    expect(await take()).toBeUndefined();
  });

  it.each([
    ['a control character', 'a\u0001b'],
    ['a null character', 'a\u0000b'],
    ['a carriage return', 'a\r\nb'],
    ['half a character', 'a\ud83db'],
    ['what XML has no place for', '\ufffe'],
  ])('refuses %s, which could not be read again', async (_what, text) => {
    const { queue, take } = create();
    await expect(queue.send(text, 0)).rejects.toThrow(/control character or half a character/);
    await queue.send('good', 0);
    expect(await take()).toBe('good');
  });

  it('refuses more than 48 kB', async () => {
    const { queue } = create();
    await expect(queue.send('é'.repeat(24 * 1024) + 'x', 0)).rejects.toThrow(/49153 bytes.*split/);
  });

  it.each([-1, 604_801, Number.NaN, Infinity])('refuses a delay of %d s', async (delay) => {
    const { queue } = create();
    await expect(queue.send('x', delay)).rejects.toBeInstanceOf(StorageError);
  });

  it('hides a message for its delay, up to seven days', async () => {
    const { queue, take } = create();
    await queue.send('later', 604_800);
    await queue.send('soon', 0.2 + 3600);
    expect(await take()).toBeUndefined();
    await queue.send('now', 0);
    expect(await take()).toBe('now');
    expect(await take()).toBeUndefined();
  });
});

describe('queue in Queue Storage', () => {
  it('is made once by ten senders at once, and its messages never expire', async () => {
    const name = `queue-${++count}`;
    await Promise.all(Array.from({ length: 10 }, (_, i) => createAzureQueue(storage.clients, name).send(`m${i}`, 0)));
    const { receivedMessageItems } = await storage.clients.queues
      .getQueueClient(name)
      .receiveMessages({ numberOfMessages: 32 });
    expect(receivedMessageItems.map(({ messageText }) => messageText).sort()).toEqual(
      Array.from({ length: 10 }, (_, i) => `m${i}`),
    );
    for (const { expiresOn } of receivedMessageItems) expect(expiresOn.getUTCFullYear()).toBe(9999);
  });
});

describe('queue in memory', () => {
  it('shows messages by its clock, the longest visible first', async () => {
    let now = 0;
    const queue = createMemoryQueue({ now: () => now, sleep: () => Promise.resolve() });
    await queue.send('b', 20);
    await queue.send('a', 9.5);
    expect(queue.messages).toEqual([
      { text: 'b', visibleAt: 20_000 },
      { text: 'a', visibleAt: 10_000 },
    ]);
    now = 9999;
    expect(queue.take()).toBeUndefined();
    now = 20_000;
    expect([queue.take()?.text, queue.take()?.text, queue.take()]).toEqual(['a', 'b', undefined]);
    expect(queue.messages).toEqual([]);
  });
});
