import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStorageEmulator } from '../../../local/storage-emulator.ts';
import { runApp } from './fixture-app.ts';
import type { StorageEmulator } from '../../../local/storage-emulator.ts';
import type { QueueClient } from '@azure/storage-queue';

let storage: StorageEmulator;
let service: QueueServiceClient;

beforeAll(async () => {
  storage = await startStorageEmulator();
  service = QueueServiceClient.fromConnectionString(storage.connectionString);
});
afterAll(() => storage.close());

let count = 0;
async function newQueue(): Promise<QueueClient> {
  count += 1;
  const queue = service.getQueueClient(`queue-${count}`);
  await queue.create();
  return queue;
}

const runQueueApp = (queue: QueueClient, handler: string, timing = {}, hostJson?: unknown) =>
  runApp(
    `let n = 0;
     app.storageQueue('work', { queueName: '%QUEUE%', connection: 'Relay', handler: async (message, context) => {
       n += 1; const count = context.triggerMetadata.dequeueCount; ${handler} } });`,
    {
      environment: { QUEUE: queue.name, Relay: storage.connectionString },
      timing: { pollMs: 20, idlePollMs: 50, leaseMs: 1_000, failedAfterMs: 1_000, ...timing },
      ...(hostJson === undefined ? {} : { hostJson }),
    },
  );

/** Polls until `check` gives something; the test's own time limit ends it. */
async function until<Value>(check: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const size = async (queue: QueueClient): Promise<number> => (await queue.getProperties()).approximateMessagesCount ?? 0;

const whenEmpty = (queue: QueueClient) => until(async () => ((await size(queue)) === 0 ? true : undefined));

describe('queue functions', () => {
  it('get the parsed text and its metadata, and success deletes the message', async () => {
    const queue = await newQueue();
    const app = await runQueueApp(
      queue,
      `context.log('got ' + JSON.stringify([message, context.triggerMetadata.queueTrigger, count,
        context.triggerMetadata.kind, typeof context.triggerMetadata.insertionTime]));`,
    );
    await queue.sendMessage('{"Kind":"a","n":1}');
    const { message } = await app.line('got');
    expect(JSON.parse(message.slice(4))).toEqual([{ Kind: 'a', n: 1 }, { kind: 'a', n: 1 }, 1, 'a', 'string']);
    await whenEmpty(queue);
  });

  it('parse whatever is JSON and pass on what is not', async () => {
    const queue = await newQueue();
    const app = await runQueueApp(queue, `context.log('got ' + typeof message + ' ' + message);`);
    await queue.sendMessage('123');
    await queue.sendMessage('{"broken');
    await app.line('got number 123');
    await app.line('got string {"broken');
  });

  it('hold a message for as long as they work on it', async () => {
    const queue = await newQueue();
    const app = await runQueueApp(
      queue,
      `await new Promise((resolve) => setTimeout(resolve, 2500)); context.log('finished after ' + n);`,
    );
    await queue.sendMessage('{}');
    await app.line('finished after 1');
    await whenEmpty(queue);
  });

  it('work side by side up to the limits of host.json', async () => {
    const queue = await newQueue();
    for (let i = 0; i < 12; i += 1) await queue.sendMessage(String(i));
    const app = await runQueueApp(
      queue,
      `globalThis.now = (globalThis.now ?? 0) + 1; globalThis.most = Math.max(globalThis.most ?? 0, globalThis.now);
       await new Promise((resolve) => setTimeout(resolve, 150)); globalThis.now -= 1;
       if (n === 12) context.log('most ' + globalThis.most);`,
    );
    const { message } = await app.line('most');
    expect(Number(message.split(' ')[1])).toBeGreaterThan(2);
    expect(Number(message.split(' ')[1])).toBeLessThanOrEqual(6);
  });

  it('get a failed message back after a pause, and lose it to the poison queue after the last try', async () => {
    const queue = await newQueue();
    const poison = service.getQueueClient(`${queue.name}-poison`);
    const app = await runQueueApp(queue, `throw new Error('attempt ' + count);`);
    await queue.sendMessage('{"a":"<&>"}');
    await app.line('attempt 1');
    await app.line('attempt 3');
    await app.line(`Message has reached MaxDequeueCount of 3. Moving message to queue '${poison.name}'.`);
    const moved = await until(async () => {
      const found = await poison.peekMessages().catch(() => undefined); // not there until the first message is
      return found?.peekedMessageItems[0];
    });
    expect(moved.messageText).toBe('{"a":"<&>"}');
    await whenEmpty(queue);
  });

  it('see a message again that was in hand when the process was killed', async () => {
    const queue = await newQueue();
    const app = await runQueueApp(
      queue,
      `if (count === 1) { context.log('first try'); await new Promise(() => {}); } context.log('again ' + count);`,
    );
    await queue.sendMessage('{}');
    await app.line('first try');
    process.kill(app.host.pid() ?? 0, 'SIGKILL');
    await app.line('again 2');
    await whenEmpty(queue);
  });

  it('do not see a message any more that killed the process at its last try', async () => {
    const queue = await newQueue();
    const app = await runQueueApp(queue, `context.log('try ' + count); process.exit(1);`, { restartMs: 10 });
    await queue.sendMessage('{}');
    await app.line('try 3');
    await app.line('Moving message');
    expect(app.log.some(({ message }) => message === 'try 4')).toBe(false);
  });

  it('have no poison queue for a poison queue: a failed message comes back when its lease runs out', async () => {
    const queue = service.getQueueClient('dead-poison');
    await queue.create();
    const app = await runQueueApp(queue, `if (count === 1) throw new Error('once'); context.log('healed');`);
    await queue.sendMessage('{}');
    await app.line('healed');
    await whenEmpty(queue);
    await expect(service.getQueueClient('dead-poison-poison').getProperties()).rejects.toMatchObject({
      statusCode: 404,
    });
  });

  it('decode base64 if host.json says so; what is not goes to the poison queue uncalled', async () => {
    const queue = await newQueue();
    const hostJson = { version: '2.0' };
    const app = await runQueueApp(queue, `context.log('got ' + JSON.stringify(message));`, {}, hostJson);
    await queue.sendMessage(Buffer.from('{"a":1}').toString('base64'));
    await queue.sendMessage('{"a":2}');
    await app.line('got {"a":1}');
    await app.line('Moving message');
    expect(app.log.some(({ message }) => message.includes('"a":2'))).toBe(false);
  });

  it('wait for a queue that does not exist yet', async () => {
    const queue = service.getQueueClient('later');
    const app = await runQueueApp(queue, `context.log('got it');`);
    await queue.create();
    await queue.sendMessage('{}');
    await app.line('got it');
  });

  it('say so when a message was taken by another in the meantime', async () => {
    const queue = await newQueue();
    const app = await runQueueApp(queue, `await new Promise((resolve) => setTimeout(resolve, 1500));`, {});
    await queue.sendMessage('{}');
    await until(async () => ((await queue.peekMessages()).peekedMessageItems.length === 0 ? true : undefined));
    await queue.clearMessages();
    await app.line('may be worked on twice');
    await app.line('was taken by another');
  });

  it('say so when the storage does not answer, and go on when it does', async () => {
    const own = await startStorageEmulator();
    const app = await runApp(
      `app.storageQueue('work', { queueName: 'q', connection: 'Relay', handler: () => {} }); app.get('ok', () => ({ body: 'ok' }));`,
      { environment: { Relay: own.connectionString }, timing: { pollMs: 20, idlePollMs: 20 } },
    );
    await own.close();
    await app.line("Queue 'q' could not be read");
    expect((await app.fetch('/ok')).status).toBe(200);
  });
});
