import { createDestinationUses } from '../delivery/destination-uses.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import type { Batch } from './batch-message.ts';
import { type BatchWork, batchFields, type Forwarding } from './batch-work.ts';
import { recentDestinationHealth } from './destination-health.ts';
import { finishBatch } from './finish-batch.ts';
import { forwardContents } from './forward-contents.ts';
import { untilStorageAnswers } from './held-rows.ts';
import { noteDestinations } from './note-destinations.ts';
import { noteEnds } from './note-ends.ts';
import { parkUnknown, readKnown } from './park-unknown.ts';
import type { Pipeline } from './pipeline.ts';
import { type PutBack, putBack } from './put-back.ts';
import { targetsOf } from './record-rows.ts';
import { forgetBodies, mustBeSaved } from './saving.ts';
import { afterWaiting } from './settling.ts';
import { type Receipt, takeContents } from './take-contents.ts';

/** How long the batches of a paused tenant stay out of the way. */
const pausedMs = 15 * 60_000;

/**
 * Forwards one batch: takes its open contents, fetches them side by side, delivers their records and settles each
 * content on its own. What is owed only to destinations that are down waits; what else could not be carried through goes
 * back into the queue.
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
    const release = (): Promise<void> => work.rows.release();
    await release().catch(() => {
      untilStorageAnswers(pipeline.clock, release);
    });
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
    marks.recent('throttled', tenant.tenantId),
    marks.recent('credential', 'entra'),
  ]);
  return Math.max(throttled?.until ?? 0, credential?.until ?? 0) - clock.now();
}

async function forwardTaken(batchWork: BatchWork): Promise<void> {
  const { pipeline, batch, rows, contents } = batchWork;
  const { clock, log } = pipeline;
  const begun = clock.now();
  const work = await readWhatIsKnown(batchWork);
  const ready = await letWait(work);
  if (ready.length === 0) return;
  const results = await forwardContents(work, ready);
  const fetched = [...results.fetched.values()];
  const foreign = fetched.reduce((sum, one) => sum + one.foreign, 0);
  if (foreign > 0) log.warn('foreign-organization', { ...batchFields(batch), records: foreign });
  const probes = await noteDestinations(work, results);
  await finishBatch(work, ready, { ...results, probes });
  noteEnds(work, ready);
  await forgetBodies(work);
  for (const [destination, use] of work.uses.all()) {
    const { requests, failed, milliseconds } = use;
    log.info('destination-asked', { ...batchFields(batch), destination, requests, failed, milliseconds });
  }
  log.info('batch-forwarded', {
    ...batchFields(batch),
    contents: contents.length,
    delivered: contents.filter(({ id }) => rows.get(id)?.state === 'delivered').length,
    records: fetched.reduce((sum, one) => sum + one.delivered, 0),
    milliseconds: clock.now() - begun,
  });
}

async function readWhatIsKnown(work: BatchWork): Promise<Forwarding> {
  const { pipeline, rows } = work;
  const [health, recordRows] = await Promise.all([recentDestinationHealth(pipeline), rows.readRecords()]);
  return { ...work, health, recordRows, uses: createDestinationUses() };
}

/**
 * Contents whose destinations are all down wait, without a message: waiting costs nothing, putting back again and again
 * does. Where a mark has run out, this batch may be the one to probe. What must be saved now does not wait.
 * @returns the others
 */
async function letWait(work: Forwarding): Promise<LedgerContent[]> {
  const { pipeline, by, rows, contents, health, recordRows } = work;
  const configured = new Set(pipeline.destinations.map(({ name }) => name));
  const targets = (content: LedgerContent): string[] =>
    isSettled(content.state) ? [] : targetsOf(content, recordRows.get(content.id) ?? [], configured);
  const now = pipeline.clock.now();
  const waits = contents.filter((content) => {
    const names = targets(content);
    return names.length > 0 && names.every(health.isOut) && !mustBeSaved(content, now);
  });
  await rows.write(waits.map(({ id }) => afterWaiting(id, undefined, by)));
  return contents.filter((content) => !waits.includes(content));
}
