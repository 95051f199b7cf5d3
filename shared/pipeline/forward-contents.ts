import { startDeadline } from '../deadline.ts';
import type { DestinationError } from '../delivery/destination-error.ts';
import { forEachLimited } from '../for-each-limited.ts';
import { isSettled, type LedgerContent } from '../state/ledger-row.ts';
import { createBatchDeliverer } from './batch-deliverer.ts';
import { batchFields, type Forwarding } from './batch-work.ts';
import { type Fate, fateOf } from './fate.ts';
import { type FetchedContent, fetchContent } from './fetch-content.ts';
import type { BatchResults } from './finish-batch.ts';
import { keepHolding } from './keep-holding.ts';
import { replayRecords } from './replay-records.ts';
import { saveTooLarge } from './save-too-large.ts';
import { mustBeSaved, openBody, saveBody } from './saving.ts';
import { createSettler } from './settler.ts';
import { afterDelivery, isStruckOff, reached } from './settling.ts';

/** A batch begins no new content after this long ... */
const beginMs = 4 * 60_000;

/** ... and breaks off the ones in hand after this long, below the 10 minutes after which the platform kills the worker. */
const breakOffMs = 8 * 60_000;

const contentsAtOnce = 20;

/**
 * Fetches contents side by side and delivers their records; those that finish are settled on the way, and those that are
 * near their expiry and still owed or parked are saved.
 * @throws StorageError
 */
export async function forwardContents(work: Forwarding, contents: readonly LedgerContent[]): Promise<BatchResults> {
  const { pipeline, batch, tenant, by, rows, health } = work;
  const { clock, destinations } = pipeline;
  using deadline = startDeadline(clock, breakOffMs, 'The batch');
  using _holding = keepHolding(work);
  const { signal } = deadline;
  using repeats = pipeline.repeats.begin(batch, signal);
  const deliverer = createBatchDeliverer(work, { contentIds: contents.map(({ id }) => id), repeats, signal });
  const settler = createSettler(work);
  const configured = new Set(destinations.map(({ name }) => name));
  const isReachable = (name: string): boolean => !health.isOut(name);
  const dropped = new Map<string, DestinationError>();
  const fetched = new Map<string, FetchedContent>();
  const fates = new Map<string, Fate>();
  let throttled = false;
  const begun = clock.now();

  const deliverOne = async (content: LedgerContent): Promise<void> => {
    const { id } = content;
    const replayed = await replayRecords(work, id, { signal, isReachable });
    for (const [name, error] of replayed.dropped) dropped.set(name, error);
    if (replayed.changed.length > 0 || content.owed.length === 0) {
      // Written by itself: whatever becomes of the content, these records need not be sent again.
      const attempt = { fetched: undefined, replayed };
      await rows.write([afterDelivery(id, attempt, { by, configured, now: clock.now(), isDown: health.isDown })]);
    }
    const owed = content.owed.filter((name) => configured.has(name));
    const reachable = owed.filter(isReachable);
    // One that is owed to nobody who exists is fetched to see whether there is anything to lose.
    const isLeft = !content.owed.every((name) => isStruckOff(name, content, configured, clock.now()));
    if (content.owed.length === 0 || (isLeft && reachable.length === 0)) return;
    const had = [...configured].filter((name) => !content.owed.includes(name));
    const open = (): Promise<AsyncIterable<Uint8Array>> => openBody(work, content, signal);
    const result = await fetchContent({ tenant, content, open, owed: reachable, had, deliverer, repeats });
    await saveTooLarge(work, content, result, signal);
    fetched.set(id, result);
    settler.settle(id, { fetched: result, replayed: undefined });
  };

  const saveOne = async (content: LedgerContent): Promise<void> => {
    const result = fetched.get(content.id);
    const done = result !== undefined && content.owed.every((name) => !configured.has(name) || reached(result, name));
    const saved = rows.get(content.id)?.saved === true;
    if (!done && !saved && mustBeSaved(content, clock.now())) await saveBody(work, content, signal);
  };

  const forwardOne = async (content: LedgerContent): Promise<void> => {
    if (throttled || clock.now() - begun > beginMs) return;
    try {
      if (!isSettled(content.state)) await deliverOne(content);
      await saveOne(content);
    } catch (error) {
      const fate = fateOf(signal.aborted ? signal.reason : error, contents.length === 1);
      throttled ||= fate.throttled !== undefined;
      fates.set(content.id, fate);
    }
  };

  try {
    await forEachLimited(contents, contentsAtOnce, forwardOne).finally(
      // What is delivered must not be delivered again because something failed at a neighbour.
      () => settler.flush(),
    );
  } finally {
    // As long as a request is in flight, its records are claimed: another batch would send them too.
    await deliverer.drained();
  }
  for (const [name, error] of [...refusing(fetched), ...deliverer.dropped()]) dropped.set(name, error);
  for (const [contentId, { tooLarge }] of fetched) {
    for (const { ordinal, length } of tooLarge) {
      pipeline.log.warn('record-parked', {
        ...batchFields(batch),
        contentId,
        ordinal,
        bytes: length,
        reason: 'too large',
      });
    }
  }
  return { fetched, fates, dropped };
}

/** Destinations that refused records and took nothing else since: they count as dropped out. */
const refusing = (fetched: ReadonlyMap<string, FetchedContent>): [string, DestinationError][] =>
  [...fetched.values()].flatMap(({ destinations }) =>
    [...destinations].flatMap(([name, { failed, suspected }]): [string, DestinationError][] =>
      failed !== undefined && suspected.length > 0 ? [[name, failed]] : [],
    ),
  );
