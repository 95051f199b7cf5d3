import { startDeadline } from '../deadline.ts';
import { createDeliverer } from '../delivery/deliverer.ts';
import { forEachLimited } from '../for-each-limited.ts';
import type { LedgerContent } from '../state/ledger-row.ts';
import type { Batch } from './batch-message.ts';
import { type BatchWork, batchFields } from './batch-work.ts';
import { type Fate, fateOf } from './fate.ts';
import { type FetchedContent, fetchContent } from './fetch-content.ts';
import { type BatchResults, finishBatch } from './finish-batch.ts';
import { keepHolding } from './keep-holding.ts';
import { markDestinations } from './marking.ts';
import { parkUnknown, readKnown } from './park-unknown.ts';
import type { Pipeline } from './pipeline.ts';
import { type PutBack, putBack } from './put-back.ts';
import { createSettler } from './settler.ts';
import { type Receipt, takeContents } from './take-contents.ts';

/** A batch begins no new content after this long ... */
const beginMs = 4 * 60_000;

/** ... and breaks off the ones in hand after this long, below the 10 minutes after which the platform kills the worker. */
const breakOffMs = 8 * 60_000;

const contentsAtOnce = 20;

/** How long the batches of a paused tenant stay out of the way. */
const pausedMs = 15 * 60_000;

/**
 * Forwards one batch: takes its open contents, fetches them side by side, delivers their records and settles each
 * content on its own. What could not be carried through goes back into the queue.
 * @throws StorageError when our own storage fails; the message then comes back by itself
 */
export async function forwardBatch(pipeline: Pipeline, batch: Batch, receipt: Receipt): Promise<void> {
  const tenant = (await pipeline.tenants.get(batch.tenantId))?.value;
  if (tenant === undefined || tenant.leaving === 'drop') {
    // Close settles its contents; what nobody listed is nobody's to settle.
    await parkUnknown(pipeline, batch, await readKnown(pipeline, batch));
    pipeline.log.info('batch-dropped', batchFields(batch));
    return;
  }
  const by = `${receipt.messageId}/${receipt.dequeueCount}`;
  const taken = await takeContents(pipeline, batch, receipt, by);
  if (taken === undefined) return;
  const work: BatchWork = { pipeline, batch, tenant, by, rows: taken.rows, contents: taken.contents };
  try {
    const pauseMs = taken.apart ? 0 : await pauseOf(work);
    if (taken.apart) await putAllBack(work, { reason: undefined, alone: true });
    else if (pauseMs > 0) await putAllBack(work, { reason: undefined, retryAfterMs: pauseMs });
    else await forwardTaken(work);
  } catch (error) {
    // If storage does not answer, the holds run out by themselves.
    await work.rows.release().catch(() => undefined);
    throw error;
  }
}

const putAllBack = ({ pipeline, batch, by, rows, contents }: BatchWork, how: Omit<PutBack, 'content'>): Promise<void> =>
  putBack(
    pipeline,
    { feed: batch, hour: batch.hour, by, rows },
    contents.map((content) => ({ content, ...how })),
    batch.attempt,
  );

/** How long the API must not be asked: the tenant is throttled or paused, or our own credential fails. Milliseconds. */
async function pauseOf({ pipeline, tenant }: BatchWork): Promise<number> {
  if (tenant.state === 'paused') return pausedMs;
  const { marks, clock } = pipeline;
  const [throttled, credential] = await Promise.all([
    marks.get('throttled', tenant.tenantId),
    marks.get('credential', 'entra'),
  ]);
  return Math.max(throttled?.until ?? 0, credential?.until ?? 0) - clock.now();
}

async function forwardTaken(work: BatchWork): Promise<void> {
  const { pipeline, batch, rows, contents } = work;
  const { clock, log } = pipeline;
  const begun = clock.now();
  const results = await fetchAll(work);
  const fetched = [...results.fetched.values()];
  const foreign = fetched.reduce((sum, one) => sum + one.foreign, 0);
  if (foreign > 0) log.warn('foreign-organization', { ...batchFields(batch), records: foreign });
  for (const [contentId, { tooLarge }] of results.fetched) {
    for (const { ordinal, length } of tooLarge) {
      log.warn('record-parked', { ...batchFields(batch), contentId, ordinal, bytes: length, reason: 'too large' });
    }
  }
  await markDestinations(pipeline, fetched);
  await finishBatch(work, results);
  log.info('batch-forwarded', {
    ...batchFields(batch),
    contents: contents.length,
    delivered: contents.filter(({ id }) => rows.get(id)?.state === 'delivered').length,
    records: fetched.reduce((sum, one) => sum + one.delivered, 0),
    milliseconds: clock.now() - begun,
  });
}

/** Fetches the contents side by side; those that finish are settled on the way. @throws StorageError */
async function fetchAll(work: BatchWork): Promise<BatchResults> {
  const { pipeline, batch, tenant, contents } = work;
  const { clock, random, destinations } = pipeline;
  using deadline = startDeadline(clock, breakOffMs, 'The batch');
  using _holding = keepHolding(work);
  const { signal } = deadline;
  using repeats = pipeline.repeats.begin(batch);
  const deliverer = createDeliverer({
    destinations,
    tenantId: batch.tenantId,
    customerName: tenant.name,
    contentType: batch.contentType,
    hour: batch.hour,
    clock,
    random,
    signal,
    contentIds: contents.map(({ id }) => id),
    onTaken: (destination, records) => repeats.taken(destination, records),
  });
  const settler = createSettler(work);
  const configured = new Set(destinations.map(({ name }) => name));
  const fetched = new Map<string, FetchedContent>();
  const fates = new Map<string, Fate>();
  let throttled = false;
  const begun = clock.now();
  const forwardOne = async (content: LedgerContent): Promise<void> => {
    if (throttled || clock.now() - begun > beginMs) return;
    const owed = content.owed.filter((name) => configured.has(name));
    try {
      const had = [...configured].filter((name) => !content.owed.includes(name));
      const open = (): Promise<AsyncIterable<Uint8Array>> => pipeline.api.fetchContent(tenant, content.uri, signal);
      const result = await fetchContent({ tenant, content, open, owed, had, deliverer, repeats });
      fetched.set(content.id, result);
      settler.settle(content.id, result);
    } catch (error) {
      const fate = fateOf(signal.aborted ? signal.reason : error, contents.length === 1);
      throttled ||= fate.throttled !== undefined;
      fates.set(content.id, fate);
    }
  };
  try {
    await forEachLimited(contents, contentsAtOnce, forwardOne);
  } finally {
    // What is delivered must not be delivered again because something failed at a neighbour.
    await settler.flush();
  }
  await deliverer.drained();
  return { fetched, fates };
}
