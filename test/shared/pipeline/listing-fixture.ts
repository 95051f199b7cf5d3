import { hourMs } from '../../../shared/activity-api/hours.ts';
import { type Batch, parseBatch } from '../../../shared/pipeline/batch-message.ts';
import { type ClosedHours, closeHours } from '../../../shared/pipeline/close-hours.ts';
import { beginClosing } from '../../../shared/pipeline/closing.ts';
import { listHour } from '../../../shared/pipeline/list-hour.ts';
import type { LedgerContent } from '../../../shared/state/ledger-row.ts';
import type { MemoryQueue } from '../../support/memory-queue.ts';
import { activeTenant, tenantId, type TestPipeline } from '../../support/test-pipeline.ts';

export const feed = { tenantId, contentType: 'Audit.Exchange' } as const;

/** The hour that ended half an hour before a test pipeline begins, and its first millisecond. */
export const hour = '2026-11-22T09';
export const hourStart = Date.parse('2026-11-22T09:00:00Z');

export const never = new AbortController().signal;

/** Lists the test hour once. @returns how many contents are open because of it */
export const list = (pipeline: TestPipeline): Promise<number> => listHour(pipeline, activeTenant(), feed, hour, never);

/** Looks at all open hours once. */
export const close = async (pipeline: TestPipeline): Promise<ClosedHours> =>
  closeHours(await beginClosing(pipeline), await pipeline.openHours.all(), never);

/** Offers `count` contents of the test feed in the test hour. */
export function offer(pipeline: TestPipeline, count: number, from = 0): void {
  for (let n = from; n < from + count; n += 1) {
    pipeline.api.offer(feed.contentType, `content-${String(n).padStart(4, '0')}`, hourStart + n * 1000, []);
  }
}

/** All batches in a queue. */
export const batchesIn = (queue: MemoryQueue): Batch[] =>
  queue.messages.map(({ text }) => {
    const parsed = parseBatch(JSON.parse(text));
    if (!('batch' in parsed)) throw new Error(`No batch of this version: ${JSON.stringify(parsed)}`);
    return parsed.batch;
  });

/** Content ids in a queue, as often as they are in it. */
export const queuedIds = (queue: MemoryQueue): string[] =>
  batchesIn(queue).flatMap(({ contents }) => contents.map(({ id }) => id));

export const rowsOf = async (pipeline: TestPipeline, of: string = hour): Promise<LedgerContent[]> =>
  (await pipeline.ledger.hour(feed, of)).contents.map(({ value }) => value);

/** Writes a change into every ledger row of the test hour, as a worker would. */
export async function changeRows(pipeline: TestPipeline, change: Partial<LedgerContent>, of = hour): Promise<void> {
  const { contents } = await pipeline.ledger.hour(feed, of);
  await pipeline.ledger.replace(
    feed,
    of,
    contents.map(({ value, etag }) => ({ value: { ...value, ...change }, etag })),
  );
}

export const emptyQueue = (queue: MemoryQueue): void => {
  while (queue.take() !== undefined);
};

export const hours = (count: number): number => count * hourMs;
