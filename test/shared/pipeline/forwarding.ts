import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { readDestinationHealth } from '../../../shared/pipeline/destination-health.ts';
import type { Batch } from '../../../shared/pipeline/batch-message.ts';
import { printBatch } from '../../../shared/pipeline/batch-message.ts';
import type { Pipeline } from '../../../shared/pipeline/pipeline.ts';
import { receiveMessage } from '../../../shared/pipeline/receive-message.ts';
import { queueWaiting } from '../../../shared/pipeline/waiting.ts';
import type { FeedId } from '../../../shared/state/feed-key.ts';
import type { LedgerContent, ParkedRecord } from '../../../shared/state/ledger-row.ts';
import type { Tenant } from '../../../shared/state/tenants.ts';
import { ledgerContent } from '../../support/ledger-content.ts';
import { activeTenant, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';
import type { ManualClock } from '../../support/manual-clock.ts';

export const feed: FeedId = { tenantId, contentType: 'Audit.Exchange' };
export const hour = '2026-11-22T10';
export const created = Date.parse('2026-11-22T10:05:00Z');

export const record = (id: string): Record<string, string> => ({
  Id: id,
  CreationTime: '2026-11-22T10:00:00',
  OrganizationId: tenantId,
});

/** A content as the lister inserted it, offered by the fake API with these records. */
export function listedContent(
  pipeline: TestPipeline,
  id: string,
  records: readonly unknown[] = [record(`${id}-1`)],
  change: Partial<LedgerContent> = {},
): LedgerContent {
  const { uri, expires } = pipeline.api.offer('Audit.Exchange', id, created, records);
  const owed = pipeline.destinations.map(({ name }) => name);
  return ledgerContent(id, pipeline.clock.now(), { uri, created, expires, owed, ...change });
}

/** What the lister leaves behind: tenant, open hour, rows. @returns the batch of all these contents */
export async function list(
  pipeline: TestPipeline,
  contents: readonly LedgerContent[],
  tenant: Partial<Tenant> | null = {},
): Promise<Batch> {
  if (tenant !== null) await pipeline.tenants.insert(activeTenant(tenant));
  await pipeline.openHours.touch(feed, hour);
  const now = pipeline.clock.now();
  await pipeline.hours.insert(feed, {
    hour,
    listedAt: now,
    listedTo: now,
    hash: 'hash',
    open: true,
    sums: undefined,
  });
  await pipeline.ledger.insert(feed, hour, contents);
  return { ...feed, hour, attempt: 1, contents };
}

/** Replaces what the API offers for a content. */
export function offerBody(pipeline: TestPipeline, id: string, body: string): void {
  const index = pipeline.api.contents.findIndex((one) => one.id === id);
  const content = pipeline.api.contents[index];
  if (content === undefined) throw new Error(`No content ${id} was offered.`);
  pipeline.api.contents[index] = { ...content, body };
}

/** Lets everything run that needs no time. Nothing in memory takes longer than that. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for work that needs time, moving the clock on by 100 ms whenever everybody sleeps. */
export async function finish<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  const state: { done: boolean } = { done: false };
  const ended = (): void => {
    state.done = true;
  };
  work.then(ended, ended);
  for (;;) {
    await turn();
    if (state.done) return work;
    clock.advance(100);
  }
}

/** The clock of a worker that is frozen: it neither renews its holds nor settles on the way. */
export const frozen = (clock: ManualClock): ManualClock => ({
  ...clock,
  sleep: (_milliseconds, signal) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    }),
});

/** One delivery of a message, without moving the clock. */
export const forward = (
  pipeline: Pipeline,
  batch: Batch,
  { messageId = 'm1', dequeueCount = 1 }: { messageId?: string; dequeueCount?: number } = {},
): Promise<void> => receiveMessage(pipeline, JSON.parse(printBatch(batch)) as unknown, { messageId, dequeueCount });

export async function rowOf(pipeline: Pipeline, id: string): Promise<LedgerContent> {
  const row = (await pipeline.ledger.contents(feed, hour, [id])).get(id);
  if (row === undefined) throw new Error(`The ledger has no row of ${id}.`);
  return row.value;
}

export const rowsOf = async (pipeline: Pipeline): Promise<LedgerContent[]> =>
  (await pipeline.ledger.hour(feed, hour)).contents.map(({ value }) => value);

/** The messages in the queue, with their delays in seconds from now. */
export const messagesOf = (
  pipeline: TestPipeline,
): { contents: string[]; attempt: number; inSeconds: number; batch: Batch }[] =>
  pipeline.queue.messages.map(({ text, visibleAt }) => {
    const message = JSON.parse(text) as Batch;
    return {
      contents: message.contents.map(({ id }) => id),
      attempt: message.attempt,
      inSeconds: (visibleAt - pipeline.clock.now()) / 1000,
      batch: {
        ...message,
        contents: message.contents.map((content) => ({
          ...content,
          created: new Date(content.created).getTime(),
          expires: new Date(content.expires).getTime(),
        })),
      },
    };
  });

/** Takes the only message out of the queue. */
export function onlyMessage(pipeline: TestPipeline): ReturnType<typeof messagesOf>[number] {
  const [message, ...others] = messagesOf(pipeline);
  if (message === undefined || others.length > 0) throw new Error(`There are ${others.length + 1} messages, not one.`);
  (pipeline.queue.messages as unknown[]).length = 0;
  return message;
}

/** Everything that a destination received of each record, by Id. */
export function receivedIds(pipeline: TestPipeline, destination = 0): string[] {
  const texts = pipeline.destinations[destination]?.received() ?? [];
  return texts.map((text) => (JSON.parse(text) as { Id: string }).Id);
}

/**
 * What Close does about contents that wait, and nothing else of it. @returns how many waited
 */
export async function wake(pipeline: TestPipeline): Promise<number> {
  const health = await readDestinationHealth(pipeline);
  const { contents } = await pipeline.ledger.hour(feed, hour);
  const waiting = contents.filter(({ value }) => value.state === 'waiting');
  const due: string[] = [];
  for (const { name } of pipeline.destinations) {
    if (waiting.length > 0 && (await health.claimSending(name))) due.push(name);
  }
  const isWoken = ({ owed }: LedgerContent): boolean => health.someUp(owed) || owed.some((name) => due.includes(name));
  await queueWaiting(
    pipeline,
    feed,
    hour,
    waiting.filter(({ value }) => isWoken(value)),
  );
  for (const name of health.cameUp()) await health.settleCameUp(name);
  return waiting.length;
}

/** Makes a destination refuse every request that holds such a record. @returns what mends it */
export function refuse(pipeline: TestPipeline, destination: number, isBad: (text: string) => boolean): () => void {
  const one = pipeline.destinations[destination];
  if (one === undefined) throw new Error(`There is no destination ${destination}.`);
  const deliver = one.deliver.bind(one);
  one.deliver = async (delivery, signal) => {
    const bad = delivery.records.some(({ bytes }) => isBad(Buffer.from(bytes).toString()));
    if (bad) throw new DestinationError(`Destination ${one.name} says: no such field.`, { kind: 'refused' });
    return await deliver(delivery, signal);
  };
  return () => {
    one.deliver = deliver;
  };
}

/** The body of what was saved, by the end of its name. */
export const savedNames = ({ saved }: TestPipeline): string[] =>
  [...saved.bodies.keys()].map((name) => name.split('/').slice(-2).join('/')).sort();

/** Takes the messages out of the queue and forwards them one after another, as of now. */
export async function forwardAll(pipeline: TestPipeline): Promise<number> {
  const messages = messagesOf(pipeline);
  (pipeline.queue.messages as unknown[]).length = 0;
  for (const { batch, attempt } of messages) {
    const messageId = `of-${batch.contents[0]?.id ?? ''}-${attempt}`;
    await finish(pipeline.clock, forward(pipeline, batch, { messageId }));
  }
  return messages.length;
}

/** Rows of single records, such as `1 soc parked`: position, destination, state. */
export const recordStates = async (pipeline: TestPipeline): Promise<string[]> =>
  (await recordsOf(pipeline)).map(({ ordinal, destination, state }) => `${ordinal} ${destination ?? '-'} ${state}`);

export const recordsOf = async (pipeline: TestPipeline): Promise<readonly ParkedRecord[]> =>
  (await pipeline.ledger.hour(feed, hour)).parkedRecords;
